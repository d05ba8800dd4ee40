"""The files by which models of other libraries are known, and the kinds of folders that they show."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import Enum

from hubpress.layout import ADAPTER_CONFIG

MODULES = "modules.json"
SETFIT_CONFIG = "config_setfit.json"
SETFIT_HEAD = "model_head.pkl"
PIPELINE_INDEX = "model_index.json"

_TRANSFORMERS_WEIGHTS = re.compile(r"(model.*\.safetensors|pytorch_model.*\.bin|tf_model\.h5|flax_model\.msgpack)")


class Format(Enum):
    """What a library other than transformers saves; the value is the library's name."""

    ADAPTER = "PEFT"
    SETFIT = "SetFit"
    SENTENCE_TRANSFORMERS = "sentence-transformers"
    DIFFUSERS = "diffusers"
    GGUF = "GGUF"


def sign_of(form: Format, names: Collection[str]) -> str:
    """Return the first of some files by which they are of a format; empty where there is none."""
    return _SIGNS[form](names)


def formats_of(names: Collection[str]) -> tuple[Format, ...]:
    """Return the formats of which some files have a sign, that of one tool alone before those of several."""
    return tuple(form for form in Format if sign_of(form, names))


def transformers_weights(names: Collection[str]) -> str:
    """Return the first of some files that has weights as transformers saves them; empty where there is none."""
    return next((name for name in names if _TRANSFORMERS_WEIGHTS.fullmatch(name)), "")


def is_gguf(name: str) -> bool:
    """Return whether a file is one of GGUF by its name."""
    return name.lower().endswith(".gguf")


def _first(*wanted: str) -> Callable[[Collection[str]], str]:
    return lambda names: next((name for name in wanted if name in names), "")


def _gguf(names: Collection[str]) -> str:
    others = transformers_weights(names)
    return "" if others else next(filter(is_gguf, names), "")


_SIGNS: dict[Format, Callable[[Collection[str]], str]] = {
    Format.ADAPTER: _first(ADAPTER_CONFIG),
    Format.SETFIT: _first(SETFIT_CONFIG, SETFIT_HEAD),
    Format.SENTENCE_TRANSFORMERS: _first(MODULES),
    Format.DIFFUSERS: _first(PIPELINE_INDEX),
    Format.GGUF: _gguf,
}
