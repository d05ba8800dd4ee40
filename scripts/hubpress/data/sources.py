"""Records as they lie: files, globs, folders, URLs and Hub data sets, found and read as one stream."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from hubpress.data.annotations import brat
from hubpress.data.annotations.signs import refuse_export
from hubpress.data.arrow import read_dataset
from hubpress.data.disguises import refuse_disguised
from hubpress.data.formats import read_file
from hubpress.data.left_out import Found
from hubpress.data.reading import RecordFile, RequiredColumns, Written
from hubpress.errors import DataError, HubError, first_line, root_cause
from hubpress.files import read_json
from hubpress.hub.client import Hub
from hubpress.hub.revisions import dataset_commit
from hubpress.recipe.data import SAVED, Data, Format, HubDataset
from hubpress.recipe.recipe import Recipe
from hubpress.text import listed

if TYPE_CHECKING:
    from datasets import Dataset

ALL = "all"
"""The name of the records that the recipe splits itself."""

_FORMATS = {
    **{".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"},
    **{".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".xlsx": "xlsx", ".xlsm": "xlsx"},
    **dict.fromkeys((".conll", ".conll2003", ".iob", ".iob2", ".bio", ".txt"), "conll"),
    **dict.fromkeys((".conllu", ".conllup"), "conllu"),
    ".ann": "brat",
}
_ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".tgz", ".zst", ".lz4"}
_PACKED = {".gz", ".bz2", ".xz"}


@dataclass(frozen=True)
class Source:
    """Some of the records, as a stream."""

    split: str
    """The split that the recipe says they are, or :data:`ALL`."""
    display_name: str
    """The name of their file in messages."""
    records: Iterator[Found]


def source_files(recipe: Recipe) -> dict[str, list[str]]:
    """Return the files to read, by split name (``all`` when the recipe splits them itself), as paths or URLs.

    Raises DataError when a path, a glob or a folder names nothing, or names an empty file, and for splits that do not
    fit the recipe's way of splitting.
    """
    return files_of(recipe.data, recipe.source_path)


def files_of(data: Data, root: Path | None) -> dict[str, list[str]]:
    """Return the same for a ``data:`` block whose source lies at *root*; None for one on the network."""
    if data.source is None:
        return {}
    if root is None:
        if data.files:
            return {name: [f"{data.source.rstrip('/')}/{file}"] for name, file in data.files.items()}
        return {ALL: [data.source]}
    if data.files:
        return {name: _expand(root / file, data.format) for name, file in data.files.items()}
    if (root / SAVED[0]).is_file():
        return _saved_splits(data, root)
    files = {ALL: _expand(root, data.format)}
    if data.split.method == "given" and not data.split.column:
        hint = "Name the files in data.files, or set data.split.column."
        raise DataError("holds no splits of its own.", where=str(root), hint=hint)
    return files


def _saved_splits(data: Data, root: Path) -> dict[str, list[str]]:
    """Return the files of each split of a ``DatasetDict`` that was saved to a folder."""
    names = _read_saved(root / SAVED[0], "splits")
    if data.split.method != "given" or data.split.column:
        hint = f"Set data.split.method to given, or let data.source name one of them, such as {data.source}/{names[0]}."
        raise DataError(f"holds the splits {listed(names)}.", where=str(root), hint=hint)
    return {name: _expand(root / name, data.format) for name in names}


def _saved_files(folder: Path) -> list[str]:
    """Return the files of a ``Dataset`` that was saved to a folder, in their order."""
    return [str(folder / file["filename"]) for file in _read_saved(folder / SAVED[1], "_data_files")]


def _read_saved(file: Path, key: str) -> list[Any]:
    try:
        found: list[Any] = read_json(file)[key]
    except (ValueError, KeyError, TypeError, OSError) as error:
        hint = "Save the data set anew, or export it as parquet."
        raise DataError("is not what Dataset.save_to_disk writes.", where=str(file), hint=hint) from error
    return found


def _expand(path: Path, kind: str | None) -> list[str]:
    if kind == "brat" and path.is_dir():
        path = path / "**" / "*.txt"
    # A path is taken as it stands first: a file's own name may hold brackets.
    found = [str(path)] if path.exists() or not glob.has_magic(str(path)) else _matching(path)
    if path.is_dir() and (path / SAVED[1]).is_file():
        found = _saved_files(path)
    if not found:
        raise DataError("matches no file.", where=str(path), hint="Check data.source, or give --data PATH.")
    for name in found:
        file = Path(name)
        if file.is_dir():
            hint = "Name a file or a glob, or say which file is which in data.files."
            raise DataError("is a folder, not a file of records.", where=name, hint=hint)
        if not file.is_file():
            raise _no_file(file)
        if file.stat().st_size == 0:
            raise DataError("is empty.", where=name, hint="It needs at least some records of every class.")
    return brat.with_pairs(found) if kind == "brat" or path.suffix == ".ann" else found


def _no_file(file: Path) -> DataError:
    """Return why a path is no file of records."""
    hint = "Check data.source, or give --data PATH."
    if file.exists():
        what, hint = "is a pipe or a device, not a file.", "Write the records to a file first."
    elif file.is_symlink():
        what = "is a link that leads to no file."
    else:
        what = "does not exist."
    return DataError(what, where=str(file), hint=hint)


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
    hint = f"Set data.format to one of {', '.join(get_args(Format))}."
    if unknown:
        if _ending(unknown) in (".xls", ".xlsb", ".ods"):
            hint = "Save it as .xlsx, or as CSV."
        if _ending(unknown) in _ARCHIVES:
            hint = "Unpack it, and name the files that are in it."
        raise DataError("has no ending that says how to read it.", where=unknown, hint=hint)
    kinds = sorted(set(formats.values()))
    if "brat" in kinds:  # the texts beside its .ann files could else be anything
        return "brat"
    if len(kinds) > 1:
        raise DataError(f"mixes several formats: {', '.join(kinds)}.", where=str(data.source), hint=hint)
    return kinds[0]


def _ending(name: str) -> str:
    suffixes = [suffix.lower() for suffix in Path(name.split("?")[0]).suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in _PACKED), "")


def read_records(
    data: Data, files: dict[str, list[str]], columns: RequiredColumns, *, cache_dir: Path, commit: str | None = None
) -> Iterator[Source]:
    """Yield the records file by file, each a stream of mappings from column to value. Downloads go to *cache_dir*.

    A data set on the Hub is read at *commit*. Raises DataError, here or while a stream is read, for what cannot be
    found, read or lacks a column.
    """
    if data.dataset:
        display_name = f"the data set {data.dataset.path!r}"
        file = RecordFile(cache_dir, display_name, columns)
        for split, dataset in hub_splits(data, data.dataset, cache_dir, commit).items():
            yield Source(split, display_name, read_dataset(dataset, file))
    for split, names in files.items():
        kind = format_of(data, names)
        for name in brat.documents(names) if kind == "brat" else names:
            path = _downloaded(name, cache_dir) if "://" in name else Path(name)
            file = RecordFile(path, name, columns, Written.of(data))
            refuse_disguised(file, kind)
            if not data.format:
                refuse_export(file, kind)
            yield Source(split, name, read_file(file, kind))


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


def commit_of(spec: HubDataset) -> str:
    """Return the commit that a data set on the Hub is at now, by the recipe's revision of it.

    Raises DataError where it is not there, and where a folder of its name would be read in its place.
    """
    where = f"data.dataset {spec.path!r}"
    if Path(spec.path).exists():
        what = "there is a folder of this name where you stand, and `datasets` would read it in place of the Hub's."
        raise DataError(what, where=where, hint="Run the command elsewhere, or name the folder in data.source.")
    try:
        return dataset_commit(spec.path, spec.revision)
    except HubError as error:
        hint = "Check its name and revision and the network, or give --data PATH."
        raise DataError(f"the data set cannot be loaded: {error.what}", where=where, hint=hint) from error


def hub_splits(data: Data, spec: HubDataset, cache_dir: Path, commit: str | None) -> dict[str, Dataset]:
    """Return the split of a data set on the Hub that a recipe names; all of them where it takes them as given.

    Raises DataError for one that cannot be loaded.
    """
    import datasets

    Hub.of_environment()  # raises UsageError where it cannot be asked
    as_given = data.split.method == "given" and not data.split.column
    try:
        found = datasets.load_dataset(
            spec.path,
            name=spec.name,
            revision=commit or spec.revision,
            split=None if as_given else spec.split,
            cache_dir=str(cache_dir),
        )
    except Exception as error:
        raise DataError(
            f"the data set cannot be loaded: {first_line(root_cause(error))}",
            where=f"data.dataset {spec.path!r}",
            hint="Check its name and revision and the network, or give --data PATH.",
        ) from error
    return {str(name): split for name, split in found.items()} if as_given else {ALL: found}
