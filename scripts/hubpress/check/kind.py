"""What kind of folder it is, told by its files and by the fields of its README: each rule holds for some kinds only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from hubpress.hub.formats import Format, sign_of, transformers_weights
from hubpress.hub.loose_values import as_list, as_mapping, is_text
from hubpress.hub.vocabulary import DATA_SET_FIELDS, LIBRARIES, SPACE_SIGNS
from hubpress.layout import (
    ADAPTER_CONFIG,
    APP,
    CARD,
    CONFIG,
    EVALUATION,
    MANIFEST,
    PAGE,
    REQUIREMENTS,
    SPACE,
    TEST_RECORDS,
    TRAINING,
)

if TYPE_CHECKING:
    from hubpress.check.staged import Staged

DOCKERFILE = "Dockerfile"

_WEIGHTS = {
    *(".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".keras", ".joblib", ".pkl", ".pickle", ".skops"),
    *(".msgpack", ".tflite", ".mlmodel", ".nemo", ".gguf"),
}
_RUNTIMES = {"onnx", "openvino"}
"""What people write as the library of files that a runtime alone loads."""
_DATA = {".parquet", ".arrow", ".csv", ".tsv", ".jsonl", ".ndjson"}
_APP_LIBRARIES = re.compile(
    r"^\s*(?:import|from)\s+(?:gradio|streamlit|dash|flask|fastapi|chainlit|panel)\b", re.MULTILINE
)


class Kind(Enum):
    """A kind of folder; the value is what a person is told that it was taken for."""

    RELEASE = "a release of hubpress"
    OWN_SPACE = "a Space of hubpress"
    OWN_DATA_SET = "a data set of hubpress"
    SPACE = "a Space"
    DATA_SET = "a data set"
    ADAPTER = "an adapter of PEFT"
    SETFIT = "a model of SetFit"
    SENTENCE_TRANSFORMERS = "a model of sentence-transformers"
    DIFFUSERS = "a model of diffusers"
    GGUF = "a model in GGUF files"
    TRANSFORMERS = "a model of transformers"
    LIBRARY = "a model of another library"
    UNKNOWN = "files of no known kind, of which only README, names, links and leaks are checked"


OURS = frozenset({Kind.RELEASE, Kind.OWN_SPACE, Kind.OWN_DATA_SET})
SPACES = frozenset({Kind.OWN_SPACE, Kind.SPACE})
DATA_SETS = frozenset({Kind.OWN_DATA_SET, Kind.DATA_SET})
MODELS = frozenset(Kind) - SPACES - DATA_SETS - {Kind.UNKNOWN}
FOREIGN_MODELS = MODELS - OURS


@dataclass(frozen=True)
class Recognised:
    """The kind of a folder, and by what it was told: a file's name, or a field of the README; empty when by nothing."""

    kind: Kind
    sign: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} (by {self.sign})" if self.sign else self.kind.value


def recognise(staged: Staged) -> Recognised:
    """Return the kind of a folder: the first one of which a sign is found."""
    for kind, find in _SIGNS:
        if sign := find(staged):
            return Recognised(kind, sign)
    return Recognised(Kind.UNKNOWN)


def given_fields(staged: Staged) -> Mapping[str, Any]:
    """Return the fields of the README; of one whose YAML cannot be read, the keys with their texts."""
    if staged.fields or staged.card is None:
        return staged.fields
    lines = staged.card.text.lstrip().split("\n")
    if lines[0].strip() != "---":
        return {}
    end = next((number for number, line in enumerate(lines) if number and line.strip() == "---"), len(lines))
    pairs = (re.match(r"(\w[\w-]*):\s*(.*)", line) for line in lines[1:end])
    return {pair[1]: pair[2].strip().strip("\"'") for pair in pairs if pair}


def _own_space(staged: Staged) -> str:
    if staged.revision is not None or _is_like(staged.mapping(SPACE), ("model", "revision", "onnx", "task", "limits")):
        return SPACE
    code = (text for name, text in staged.texts.items() if name.endswith(".py") and "/" not in name)
    return "code that reads space.json" if any(f'"{SPACE}"' in text for text in code) else ""


def _own_data_set(staged: Staged) -> str:
    listed = (as_mapping(entry).get("path") for entry in as_list(staged.mapping(MANIFEST).get("files")))
    return MANIFEST if TEST_RECORDS in listed and CONFIG not in staged.files else ""


def _release(staged: Staged) -> str:
    first = as_mapping(next(iter(as_list(staged.mapping(MANIFEST).get("files"))), None))
    signs = (
        (staged.manifest is not None, "its manifest"),
        ("path" in first, MANIFEST),
        (_is_like(staged.mapping(EVALUATION), ("intervals", "per_class", "tolerance", "sample")), EVALUATION),
        (_is_like(staged.mapping(TRAINING), ("hyperparameters", "epochs", "best_epoch", "log_history")), TRAINING),
        (_is_like(staged.mapping(TRAINING), ("trained", "weights", "known", "unknown")), TRAINING),
        (staged.card is not None and "`hubpress verify " in staged.card.body, CARD),
    )
    return next((sign for found, sign in signs if found), "")


def _space_by_card(staged: Staged) -> str:
    fields = {re.sub(r"[^a-z]", "", str(name).lower()) for name in given_fields(staged)}
    if "sdk" in fields:
        return "`sdk` in README.md"
    return "the fields of README.md" if len(fields & SPACE_SIGNS) > 1 else ""


def _space_by_files(staged: Staged) -> str:
    code = ((name, text) for name, text in staged.texts.items() if name.endswith(".py") and "/" not in name)
    app = next((name for name, text in code if _APP_LIBRARIES.search(text)), "")
    installed = _first(staged, APP) if REQUIREMENTS in staged.files else ""
    return app or installed or _first(staged, DOCKERFILE, PAGE)


def _data_set_by_card(staged: Staged) -> str:
    found = sorted(DATA_SET_FIELDS & {str(name) for name in given_fields(staged)})
    return f"`{found[0]}` in README.md" if found else ""


def _data_set_by_files(staged: Staged) -> str:
    return next((name for name in staged.files if PurePosixPath(name).suffix.lower() in _DATA), "")


def _adapter(staged: Staged) -> str:
    if "peft_type" in staged.mapping(ADAPTER_CONFIG):
        return ADAPTER_CONFIG
    other = _library(staged) not in ("", "peft", "transformers")  # the `adapters` library has a file of this name too
    return "" if other or "model_class" in staged.mapping(ADAPTER_CONFIG) else _of(Format.ADAPTER)(staged)


def _diffusers(staged: Staged) -> str:
    if "_diffusers_version" in staged.config:
        return CONFIG
    return _of(Format.DIFFUSERS)(staged)


def _of(form: Format) -> Callable[[Staged], str]:
    """Return what looks for the sign of another library's format among the files at the root, and of GGUF among all."""
    if form is Format.GGUF:
        return lambda staged: sign_of(form, staged.files)
    return lambda staged: sign_of(form, {entry.name for entry in staged.entries})


def _named_library(staged: Staged) -> str:
    return "`library_name` in README.md" if _library(staged) in (LIBRARIES | _RUNTIMES) - _OF_A_KIND.keys() else ""


def _named(kind: Kind) -> Callable[[Staged], str]:
    return lambda staged: "`library_name` in README.md" if _OF_A_KIND.get(_library(staged)) is kind else ""


def _transformers(staged: Staged) -> str:
    if {"architectures", "model_type", "transformers_version", "auto_map"} & staged.config.keys():
        return CONFIG
    names = {entry.name for entry in staged.entries}
    broken = CONFIG in names and not staged.config
    return transformers_weights(staged.files) if broken or staged.has_tokenizer else ""


def _weights(staged: Staged) -> str:
    return next((name for name in staged.files if PurePosixPath(name).suffix.lower() in _WEIGHTS), "")


def _first(staged: Staged, *names: str) -> str:
    there = {entry.name for entry in staged.entries}
    return next((name for name in names if name in there), "")


def _is_like(value: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    return sum(key in value for key in keys) * 2 >= len(keys)


def _library(staged: Staged) -> str:
    name = given_fields(staged).get("library_name")
    return name if is_text(name) else ""


_OF_A_KIND = {
    "peft": Kind.ADAPTER,
    "setfit": Kind.SETFIT,
    "sentence-transformers": Kind.SENTENCE_TRANSFORMERS,
    "diffusers": Kind.DIFFUSERS,
    "transformers": Kind.TRANSFORMERS,
}

# In this order: what a README says of itself, files that one tool alone writes, libraries by name, files of many tools.
_SIGNS: tuple[tuple[Kind, Callable[[Staged], str]], ...] = (
    (Kind.OWN_SPACE, _own_space),
    (Kind.OWN_DATA_SET, _own_data_set),
    (Kind.RELEASE, _release),
    (Kind.SPACE, _space_by_card),
    (Kind.DATA_SET, _data_set_by_card),
    (Kind.ADAPTER, _adapter),
    (Kind.SETFIT, _of(Format.SETFIT)),
    (Kind.SENTENCE_TRANSFORMERS, _of(Format.SENTENCE_TRANSFORMERS)),
    (Kind.DIFFUSERS, _diffusers),
    (Kind.LIBRARY, _named_library),
    (Kind.GGUF, _of(Format.GGUF)),
    (Kind.TRANSFORMERS, _transformers),
    *((kind, _named(kind)) for kind in _OF_A_KIND.values()),
    (Kind.SPACE, _space_by_files),
    (Kind.LIBRARY, _weights),
    (Kind.DATA_SET, _data_set_by_files),
)
