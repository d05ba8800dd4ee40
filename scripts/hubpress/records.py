"""Records as they lie: files, globs, URLs and Hub data sets, read through ``datasets`` into Arrow on disk."""

from __future__ import annotations

import glob
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import DataError
from hubpress.recipe import Data, Recipe

if TYPE_CHECKING:
    from datasets import Dataset

_FORMATS = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_CONLL = {".conll", ".conll2003", ".iob", ".iob2", ".bio", ".txt"}


def source_files(recipe: Recipe) -> dict[str, list[str]]:
    """Return the files to read, by split name (``all`` when the recipe splits them itself), as paths or URLs.

    Raises DataError when a path, a glob or a folder names nothing, or names an empty file.
    """
    data = recipe.data
    if data.source is None:
        return {}
    if "://" in data.source:
        if data.files:
            return {name: [f"{data.source.rstrip('/')}/{file}"] for name, file in data.files.items()}
        return {"all": [data.source]}
    root = recipe.folder / data.source
    if data.files:
        return {name: _expand(root / file) for name, file in data.files.items()}
    if root.is_dir():
        raise DataError(
            "is a folder.", where=str(root), hint="Name a file or a glob, or say which file is which in data.files."
        )
    return {"all": _expand(root)}


def _expand(path: Path) -> list[str]:
    found = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(str(path)) else [str(path)]
    if not found:
        raise DataError("matches no file.", where=str(path), hint="Check data.source, or give --data PATH.")
    for name in found:
        file = Path(name)
        if file.is_dir():
            raise DataError("is a folder, not a file of records.", where=name, hint="Give a file or a glob.")
        if not file.is_file():
            raise DataError("does not exist.", where=name, hint="Check data.source, or give --data PATH.")
        if file.stat().st_size == 0:
            raise DataError("is empty.", where=name, hint="It needs at least some records of every class.")
    return found


def format_of(data: Data, files: list[str]) -> str:
    """Return the format of a list of files: the recipe's word, or what their endings say.

    Raises DataError when they say nothing, or different things.
    """
    if data.format:
        return data.format
    formats = set()
    for name in files:
        suffixes = [suffix.lower() for suffix in Path(name.split("?")[0]).suffixes if suffix.lower() not in {".gz", ".zst", ".bz2", ".xz"}]
        ending = suffixes[-1] if suffixes else ""
        formats.add("conll" if ending in _CONLL else _FORMATS.get(ending, ""))
    if len(formats) != 1 or "" in formats:
        raise DataError(
            "has no ending that says how to read it." if "" in formats else "mixes several formats.",
            where=files[0],
            hint="Set data.format to csv, tsv, json, jsonl, parquet or conll.",
        )
    return formats.pop()


def load_records(recipe: Recipe, files: dict[str, list[str]], *, cache_dir: Path) -> dict[str, Dataset]:
    """Return the records by split name (``all`` when the recipe splits them), memory-mapped from *cache_dir*.

    Raises DataError for files that cannot be read, in one sentence with the file's name.
    """
    import datasets

    datasets.disable_progress_bars()
    if recipe.data.dataset:
        spec = recipe.data.dataset
        try:
            return {
                "all": datasets.load_dataset(
                    spec.path, name=spec.name, revision=spec.revision, split=spec.split, cache_dir=str(cache_dir)
                )
            }
        except Exception as error:
            raise DataError(
                f"the data set cannot be loaded: {_first_line(error)}",
                where=f"data.dataset {spec.path!r}",
                hint="Check its name and revision and the network, or give --data PATH.",
            ) from error
    return {name: _load_files(recipe.data, paths, cache_dir) for name, paths in files.items()}


def _load_files(data: Data, files: list[str], cache_dir: Path) -> Dataset:
    import datasets

    kind = format_of(data, files)
    for file in files:
        if "://" not in file:
            _refuse_unreadable(Path(file), kind)
    options: dict[str, Any] = {}
    if kind in ("csv", "tsv"):
        # pandas would turn the words "None", "NA" and "nan" of a title into missing values, and "007" into 7.
        options = {"keep_default_na": False, "sep": "\t" if kind == "tsv" else ","}
    try:
        if options:
            options["features"] = _all_text(files[0], sep=options["sep"])
        if kind == "conll":
            from hubpress.conll import read_conll

            return datasets.Dataset.from_list(list(read_conll([Path(file) for file in files])))
        builder = {"tsv": "csv", "jsonl": "json"}.get(kind, kind)
        return datasets.load_dataset(builder, data_files=files, split="train", cache_dir=str(cache_dir), **options)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"cannot be read as {kind}: {_first_line(error)}",
            where=files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more",
            hint="Check the file, or set data.format.",
        ) from error


def _all_text(file: str, *, sep: str) -> Any:
    """Return features that read every column of a delimited file as text."""
    import datasets
    import pandas as pd

    header = pd.read_csv(file, nrows=0, sep=sep)
    return datasets.Features({str(column): datasets.Value("string") for column in header.columns})


def _refuse_unreadable(path: Path, kind: str) -> None:
    """Raise DataError for what ``datasets`` would answer with a page of traceback: a binary or a broken text file."""
    if kind == "parquet" or path.suffix in {".gz", ".zst", ".bz2", ".xz"}:
        return
    position = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                position = number
                if b"\0" in line:
                    raise DataError(f"is not a text file (a zero byte in line {number}).", where=str(path), hint=f"Give a {kind} file.")
                line.decode("utf-8")
                if kind == "jsonl" and line.strip():
                    json.loads(line)
    except UnicodeDecodeError as error:
        raise DataError(f"is not UTF-8 (line {position}).", where=str(path), hint="Save it as UTF-8 and run again.") from error
    except json.JSONDecodeError as error:
        raise DataError(f"is not JSON: {error.msg}.", where=f"{path}:{position}", hint="Mend the line and run again.") from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}.", where=str(path)) from error


def _first_line(error: BaseException) -> str:
    """Return the innermost message of an error in one line: ``datasets`` wraps what pandas and pyarrow say."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:300]
