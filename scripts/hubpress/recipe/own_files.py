"""The person's own files that go into the repository, as the recipe's ``files:`` names them: found, or why not."""

from __future__ import annotations

import glob
import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hubpress.layout import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    ATTRIBUTES,
    BILL_OF_MATERIALS,
    CARD,
    CHARTS,
    EVALUATION,
    GENERATED,
    MANIFEST,
    MODEL_FILES,
    NOTEBOOK,
    ONNX,
    RECIPE,
    REPORT,
    SIGNATURE,
    TOKENIZER_FILES,
    TRAINING,
)
from hubpress.recipe.kinds import CUSTOM_PIPELINES
from hubpress.text import listed, suggestion
from hubpress.yaml12 import Place

Fault = tuple[Place, str]
"""A place in the recipe, and what is wrong there."""
OwnFiles = tuple[str, ...] | dict[str, str]
"""What ``files:`` may be: files and globs that keep their names, or names in the repository with the file of each."""

_CODE = tuple(name for pipeline in CUSTOM_PIPELINES.values() for name in pipeline.files)
_WRITTEN = (CARD, REPORT, RECIPE, MANIFEST, SIGNATURE, NOTEBOOK, TRAINING, EVALUATION, BILL_OF_MATERIALS)
_NAMES = (*_WRITTEN, ATTRIBUTES, *MODEL_FILES, ADAPTER_CONFIG, ADAPTER_WEIGHTS, *TOKENIZER_FILES, *_CODE)
_MADE = {name.lower() for name in _NAMES}
_MADE_FOLDERS = {CHARTS, GENERATED, ONNX.partition("/")[0]}
_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model-*-of-*.safetensors", "pytorch_model-*-of-*.bin")
_LARGEST = 50_000_000_000
"""Bytes; the Hub takes no larger file."""


@dataclass(frozen=True)
class OwnFile:
    """One file of the model's folder, its name in the repository, and the place in the recipe that names it."""

    name: str
    path: Path
    place: Place


def find_own_files(files: OwnFiles, folder: Path, *, records: str | None) -> tuple[list[OwnFile], list[Fault]]:
    """Return the files that ``files:`` names in the model's *folder*, and what is wrong with it.

    *records* is ``data.source``, whose files no glob may publish by accident.
    """
    found: dict[str, OwnFile] = {}
    problems: list[Fault] = []
    for place, name, file in _entries(files):
        matches, fault = _matches(file, folder, records, in_mapping=isinstance(files, dict))
        if fault:
            problems.append((place, fault))
            continue
        for match in matches:
            own = OwnFile(_plain(name if name is not None else match), folder / match, place)
            other = found.setdefault(own.name.lower(), own)
            fault = _file_fault(own, match, folder)
            if fault is None and other.path.resolve() != own.path.resolve():
                fault = f"{own.name!r} stands for two files, {_shown(other, folder)!r} and {match!r}; a name has one."
            if fault:
                problems.append((place, fault))
    return list(found.values()), problems


def _entries(files: OwnFiles) -> Iterator[tuple[Place, str | None, str]]:
    if isinstance(files, Mapping):
        for name, file in files.items():
            yield ("files", name), name, file
    else:
        for number, file in enumerate(files):
            yield ("files", number), None, file


def _matches(file: str, folder: Path, records: str | None, *, in_mapping: bool) -> tuple[list[str], str | None]:
    """Return the files that an entry names, by their paths below the folder, or what is wrong with it."""
    if not _is_below(folder, file):
        return [], f"{file!r} lies outside the model's folder. Copy it there."
    if (folder / file).is_file():
        return [file], None
    if (folder / file).is_dir():
        return [], f"{file!r} is a folder; name its files, such as {posixpath.join(_plain(file), '*')!r}."
    if not glob.has_magic(file):
        here = [path.name for path in folder.iterdir() if path.is_file()]
        return [], f"there is no file {file!r} in the model's folder.{suggestion(file, here)}"
    if in_mapping:
        return [], f"{file!r} names several files, and here each has a name of its own; make files: a list."
    names = glob.glob(file, root_dir=folder, recursive=True)  # noqa: PTH207  # Path.glob finds hidden files, too
    matches = sorted(name for name in names if (folder / name).is_file())
    if not matches:
        return [], f"no file of the model's folder fits {file!r}."
    private = [name for name in matches if _is_source(name, records)]
    if private:
        what = f"{file!r} also fits {listed(private)}, which make the model"
        return [], f"{what}. Name the files that are to be published one by one."
    return matches, None


def _is_source(name: str, records: str | None) -> bool:
    if name == RECIPE:
        return True
    if not records or "://" in records:
        return False
    source = _plain(records)
    return name == source or name.startswith(f"{source}/") or PurePosixPath(name).match(source)


def _file_fault(own: OwnFile, match: str, folder: Path) -> str | None:
    if not _is_below(folder, match):
        return f"{match!r} is a link that leads outside the model's folder. Copy the file itself."
    if own.name == "." or own.name.startswith(("../", "/")) or own.name.endswith("/") or ".." in own.name.split("/"):
        return f"{own.name!r} is no name in a repository. Write one such as 'LICENSE' or 'assets/flow.png'."
    first, _, below = own.name.lower().partition("/")
    weights = any(PurePosixPath(own.name.lower()).match(pattern) for pattern in _WEIGHTS)
    if own.name.lower() in _MADE or weights or (below and first in _MADE_FOLDERS):
        return f"{own.name!r} is a name that hubpress writes itself. Give yours another."
    if not os.access(own.path, os.R_OK):
        return f"{match!r} cannot be read. Mend its permissions."
    size = own.path.stat().st_size
    if size == 0:
        return f"{match!r} is empty. Write it, or take it out of files:."
    if size > _LARGEST:
        return f"{match!r} has {size:,} bytes, and the Hub takes {_LARGEST:,}. Take it out of files:."
    return None


def _plain(name: str) -> str:
    return posixpath.normpath(name) + ("/" if name.endswith("/") and name != "/" else "")


def _shown(own: OwnFile, folder: Path) -> str:
    return own.path.relative_to(folder).as_posix()


def _is_below(folder: Path, relative: str) -> bool:
    return not Path(relative).is_absolute() and (folder / relative).resolve().is_relative_to(folder.resolve())
