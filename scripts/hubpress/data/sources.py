"""Records as they lie: files, globs, URLs and Hub data sets, found and read as one stream."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.data.formats import Records, RequiredColumns, read_file
from hubpress.errors import DataError, first_line, root_cause
from hubpress.recipe.data import Data, HubDataset
from hubpress.recipe.recipe import Recipe

ALL = "all"
"""The name of the records that the recipe splits itself."""

_FORMATS = {
    **{".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"},
    **dict.fromkeys((".conll", ".conll2003", ".iob", ".iob2", ".bio", ".txt"), "conll"),
}
_PACKED = {".gz", ".bz2", ".xz"}


@dataclass(frozen=True)
class Source:
    """Some of the records, as a stream."""

    split: str
    """The split that the recipe says they are, or :data:`ALL`."""
    display_name: str
    """The name of their file in messages."""
    records: Records


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
        return {ALL: [data.source]}
    root = recipe.folder / data.source
    if data.files:
        return {name: _expand(root / file) for name, file in data.files.items()}
    if root.is_dir():
        raise DataError(
            "is a folder.", where=str(root), hint="Name a file or a glob, or say which file is which in data.files."
        )
    return {ALL: _expand(root)}


def _expand(path: Path) -> list[str]:
    # A path is taken as it stands first: a file's own name may hold brackets.
    found = [str(path)] if path.exists() or not glob.has_magic(str(path)) else _matching(path)
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


def _matching(path: Path) -> list[str]:
    return sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  Path.glob refuses absolute patterns


def format_of(data: Data, files: list[str]) -> str:
    """Return the format of a list of files: the recipe's word, or what their endings say.

    Raises DataError when they say nothing, or different things.
    """
    if data.format:
        return data.format
    formats = {name: _FORMATS.get(_ending(name), "") for name in files}
    unknown = next((name for name, kind in formats.items() if not kind), None)
    hint = "Set data.format to csv, tsv, json, jsonl, parquet or conll."
    if unknown:
        raise DataError("has no ending that says how to read it.", where=unknown, hint=hint)
    kinds = sorted(set(formats.values()))
    if len(kinds) > 1:
        raise DataError(f"mixes several formats: {', '.join(kinds)}.", where=str(data.source), hint=hint)
    return kinds[0]


def _ending(name: str) -> str:
    suffixes = [suffix.lower() for suffix in Path(name.split("?")[0]).suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in _PACKED), "")


def read_records(
    data: Data, files: dict[str, list[str]], columns: RequiredColumns, *, cache_dir: Path
) -> Iterator[Source]:
    """Yield the records file by file, each a stream of mappings from column to value. Downloads go to *cache_dir*.

    Raises DataError, here or while a stream is read, for what cannot be found, read or lacks a column.
    """
    if data.dataset:
        display_name = f"the data set {data.dataset.path!r}"
        yield Source(ALL, display_name, _hub_records(data.dataset, columns, display_name, cache_dir))
    for split, names in files.items():
        kind = format_of(data, names)
        for name in names:
            path = _downloaded(name, cache_dir) if "://" in name else Path(name)
            yield Source(split, name, read_file(path, kind, columns, display_name=name))


def _downloaded(url: str, cache_dir: Path) -> Path:
    import datasets

    settings = datasets.DownloadConfig(cache_dir=cache_dir / "downloads", disable_tqdm=True)
    try:
        return Path(datasets.DownloadManager(download_config=settings).download(url))
    except Exception as error:
        raise DataError(
            f"cannot be downloaded ({first_line(root_cause(error))}).",
            where=url,
            hint="Check the address and the network, or give --data PATH.",
        ) from error


def _hub_records(spec: HubDataset, columns: RequiredColumns, display_name: str, cache_dir: Path) -> Records:
    import datasets

    try:
        dataset = datasets.load_dataset(
            spec.path, name=spec.name, revision=spec.revision, split=spec.split, cache_dir=str(cache_dir)
        )
    except Exception as error:
        raise DataError(
            f"the data set cannot be loaded: {first_line(root_cause(error))}",
            where=f"data.dataset {spec.path!r}",
            hint="Check its name and revision and the network, or give --data PATH.",
        ) from error
    wanted = dataset.select_columns(columns.within(dataset.column_names, display_name=display_name))
    for batch in wanted.iter(batch_size=1000):
        yield from _unzipped(batch)


def _unzipped(batch: dict[str, list[Any]]) -> Records:
    for values in zip(*batch.values(), strict=True):
        yield dict(zip(batch, values, strict=True))
