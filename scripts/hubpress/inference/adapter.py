"""An adapter of peft on its base: loaded as a card's snippet loads it, and merged into one plain model."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError, PackageMissing
from hubpress.files import JsonObject, read_json
from hubpress.layout import ADAPTER_CONFIG

INSTALL = "Install it: pip install 'hubpress[peft]'."


def refuse_without_peft(what: str, *, where: str) -> None:
    """Raise PackageMissing where peft is not installed, which *what* (such as "an adapter") needs."""
    if importlib.util.find_spec("peft") is None:
        raise PackageMissing(f"{what} needs the package peft, which is not installed.", where=where, hint=INSTALL)


def load_adapted(model: str, *, model_class: str, revision: str | None = None) -> Any:
    """Return the whole model of an adapter (a folder or a repository that has the model's config.json, too).

    Its base is the one that its adapter_config.json names, at the commit there, loaded by an Auto class of
    transformers. Raises HubpressError where peft is not installed, or no base is named; and what transformers and peft
    raise for files that cannot be loaded.
    """
    import transformers

    refuse_without_peft("an adapter", where=model)
    settings = _settings(model, revision)
    base, commit = settings.get("base_model_name_or_path"), settings.get("revision")
    if not base or not commit:
        raise HubpressError(f"its {ADAPTER_CONFIG} names no base at a commit.", where=model, hint="Release it anew.")
    config = transformers.AutoConfig.from_pretrained(model, revision=revision)
    loaded = getattr(transformers, model_class).from_pretrained(base, revision=commit, config=config)
    return merged(loaded, model, revision=revision)


def _settings(model: str, revision: str | None) -> JsonObject:
    from huggingface_hub import hf_hub_download

    place = Path(model) / ADAPTER_CONFIG
    found: JsonObject = read_json(
        place if place.parent.is_dir() else Path(hf_hub_download(model, ADAPTER_CONFIG, revision=revision))
    )
    return found


def merged(base: Any, adapter: str, *, revision: str | None = None) -> Any:
    """Return a loaded *base* with an adapter (a folder or a repository) merged into its weights.

    Raises what peft raises for an adapter that does not fit.
    """
    from peft import PeftModel

    with peft_in_silence():
        return PeftModel.from_pretrained(base, adapter, revision=revision).merge_and_unload(safe_merge=True).eval()


@contextlib.contextmanager
def peft_in_silence() -> Iterator[None]:
    """Keep peft's advice to who writes code with it from who does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
