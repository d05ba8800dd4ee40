"""An adapter of peft on its base: loaded as a card's snippet loads it, and merged into one plain model."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterator
from typing import Any

from hubpress.errors import HubpressError

INSTALL = "Install it: pip install 'hubpress[peft]'."


def refuse_without_peft(what: str, *, where: str) -> None:
    """Raise HubpressError where peft is not installed, which *what* (such as "an adapter") needs."""
    if importlib.util.find_spec("peft") is None:
        raise HubpressError(f"{what} needs the package peft, which is not installed.", where=where, hint=INSTALL)


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
