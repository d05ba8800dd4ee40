"""What it means that a base cannot be loaded: one sentence for each way, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hubpress.errors import HubpressError, first_line
from hubpress.hub.client import Hub
from hubpress.hub.formats import Format, formats_of
from hubpress.hub.retries import httpx

_COMPLETE = "Check that the folder holds a complete transformers model."
_ON_THE_HUB = "Check its name and revision and the network, or use --sample, which needs none."
_TEXT_ENCODERS = "Choose a model of texts for which transformers has such a head, such as BERT, RoBERTa or DeBERTa."


def _is(*kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, kinds)


def _says(*words: str) -> Callable[[BaseException], bool]:
    return lambda error: any(word in str(error) for word in words)


_OF_THE_HUB: tuple[tuple[Callable[[BaseException], bool], str, str], ...] = (
    # Before RepositoryNotFoundError, of which it is a kind.
    (
        _is(GatedRepoError),
        "it is gated, and this token has no access to it.",
        "Ask for access at {url}, and set HF_TOKEN to a token of the account that has it.",
    ),
    (_is(RevisionNotFoundError), "it has no revision {revision!r}.", "Name a branch, a tag or a commit of {url}."),
    (
        _is(RepositoryNotFoundError),
        "there is no such model, or it is private and this token may not see it.",
        "Check the name at {url}, or set HF_TOKEN to a token that may read it.",
    ),
    (
        _is(OfflineModeIsEnabled),
        "cannot be loaded: offline mode is on, and the model is not on this machine.",
        "Unset HF_HUB_OFFLINE, or use --sample, which needs no network.",
    ),
)
"""By what huggingface_hub raised, which transformers wraps in an OSError that says less."""

_OF_THE_MODEL: tuple[tuple[Callable[[BaseException], bool], str, str], ...] = (
    (
        _says("trust_remote_code", "contains custom code"),
        "it runs code of its own (`auto_map` in its config.json), which hubpress does not.",
        "Choose a base model that transformers itself knows.",
    ),
    (
        _says("Unrecognized configuration class"),
        "transformers has no head for this task on a model of its kind ({kind}).",
        _TEXT_ENCODERS,
    ),
    (
        _says("does not recognize this architecture"),
        "transformers does not know a model of its kind ({kind}).",
        "Choose a base model that the installed transformers knows, or check `model_type` in its config.json.",
    ),
    (
        _says("no file named model.safetensors", "does not appear to have a file named model.safetensors",
              "does not appear to have a file named pytorch_model.bin"),
        "it has no weights that transformers reads (model.safetensors or pytorch_model.bin).",
        "Choose a model with them; an adapter (PEFT) has to be merged into its own base first.",
    ),
    (
        _says("does not appear to have a file named config.json", "Unrecognized model in"),
        "it has no config.json that names its kind (`model_type`): it is no transformers model, but perhaps an adapter "
        "(PEFT) or a GGUF file.",
        "Name the model that it was made from.",
    ),
    (
        _says("instantiate the backend tokenizer", "sentencepiece", "tiktoken"),
        "its tokenizer cannot be loaded: {first_line}.",
        "Choose a base model with a tokenizer.json.",
    ),
)  # fmt: skip
"""By what transformers says."""


def load_failure(name: str, revision: str | None, error: Exception, *, kind: str | None = None) -> HubpressError:
    """Return one clear error for what ``from_pretrained`` raised for a base, a folder or the id of a model.

    *kind* is the model's ``model_type`` where it is known.
    """
    local = Path(name).is_dir()
    where = f"base model {name!r}"
    said = first_line(error).rstrip(".:, ")
    named = re.search(r"model type `([^`]+)`", str(error))
    kind = kind or (named[1] if named else "unknown")
    words = {"revision": revision or "main", "kind": kind, "first_line": said}
    if not local:
        words["url"] = f"{Hub.of_environment().endpoint}/{name}"
        for cause in _causes(error):
            for holds, sentence, hint in _OF_THE_HUB:
                if holds(cause):
                    return HubpressError(sentence.format_map(words), where=where, hint=hint.format_map(words))
    if local or not any(_is_of_the_network(cause) for cause in _causes(error)):
        for holds, sentence, hint in _OF_THE_MODEL:
            if holds(error):
                return HubpressError(sentence.format_map(words), where=where, hint=hint)
    return HubpressError(
        f"cannot be loaded: {first_line(error)}", where=where, hint=_COMPLETE if local else _ON_THE_HUB
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it came from, whether they were named as its cause or only caught before it."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _is_of_the_network(error: BaseException) -> bool:
    found = isinstance(error, (httpx.HTTPError, HfHubHTTPError))
    return found and not isinstance(error, EntryNotFoundError)


_OF_A_FORMAT: dict[Format, tuple[str, str]] = {
    Format.ADAPTER: (
        "holds an adapter (PEFT), not a model.",
        "Merge it into its base model (merge_and_unload), save that, and name its folder.",
    ),
    Format.SETFIT: ("holds a SetFit model without its transformer.", "Name the model that it was made from."),
    Format.DIFFUSERS: ("holds a diffusers model, which reads no texts as one of transformers does.", _TEXT_ENCODERS),
    Format.GGUF: ("holds a GGUF file, which cannot be trained.", "Name the transformers model that it was made from."),
}


def no_model(folder: Path, where: str) -> HubpressError:
    """Return what to say of a folder without a config.json, by what lies there instead."""
    forms = formats_of([path.name for path in sorted(folder.glob("*"))])
    inner = next((path.parent.name for path in sorted(folder.glob("*/config.json"))), None)
    what, hint = "holds no model (there is no config.json).", "Name the folder of a saved transformers model."
    if Format.SENTENCE_TRANSFORMERS in forms and inner and Format.ADAPTER not in forms:
        what = f"holds a sentence-transformers model, whose transformer is in {inner!r}."
        hint = "Name that folder."
    else:
        what, hint = next((_OF_A_FORMAT[form] for form in forms if form in _OF_A_FORMAT), (what, hint))
    return HubpressError(what, where=where, hint=hint)
