"""Where records are: a file, a folder, a glob, an address or a data set on the Hub -> the keys of ``data`` for it."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from hubpress.data.annotations.signs import format_of_export
from hubpress.data.reading import EveryColumn, RecordFile, Written
from hubpress.data.sources import files_of, format_of
from hubpress.data.text_files import guarded, lines
from hubpress.draft.given import ENDINGS, refuse_no_records
from hubpress.errors import DataError, UsageError, first_line, root_cause
from hubpress.files import plain_path
from hubpress.recipe.data import DELIMITED, SAVED, Data
from hubpress.recipe.explain import value_problems
from hubpress.text import listed, quoted
from hubpress.yaml12 import YamlMapping

_MARKS = ",;\t|"
_PACKED = (".gz", ".bz2", ".xz")
_SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "test": ("test", "testing", "heldout", "held-out"),
}
_SHARD = re.compile(r"(?P<stem>.+?)-\d{5}-of-\d{5}")


@dataclass(frozen=True)
class Place:
    """Where records are, in the keys of ``data``, with what was guessed of it."""

    keys: YamlMapping
    root: Path | None = None
    """Where a source lies on this machine."""
    guesses: dict[str, str] = field(default_factory=dict)
    """By the key of ``data``, why it was guessed."""
    are_split: bool = False
    """Whether files or a data set give the splits."""

    def files(self, data: Data) -> dict[str, list[str]]:
        """Return the files to read. Raises DataError where there are none."""
        return files_of(data, self.root)


def place_of(given: str, settings: YamlMapping) -> Place:
    """Return where the records are that *given* names; *settings* are keys of ``data`` that a person gave.

    Raises UsageError for a word that names nothing, and DataError for a folder without records, or with several files
    of which nothing says which are meant.
    """
    refuse_no_records(given)
    if "://" in given:
        return Place({"source": given})
    path = Path(given).expanduser()
    if path.is_dir():
        return _in_folder(plain_path(path), settings)
    if path.exists() or glob.has_magic(given):
        source = plain_path(path)
        return _guessed_format(Place({"source": str(source)}, source), settings)
    name, _, rest = given.partition("@")
    return _on_hub(name, rest, (settings.get("dataset") or {}).get("split"))


def splits_on_hub(path: str, config: str) -> list[str]:
    """Return the splits of a data set on the Hub, of its *config* or its only one.

    Raises DataError for one that cannot be loaded, and where several configurations could be meant.
    """
    import datasets

    where = f"the data set {path!r}"
    try:
        configs = datasets.get_dataset_config_names(path)
        if config or len(configs) < 2 or "default" in configs:
            return list(map(str, datasets.get_dataset_split_names(path, config or None)))
    except Exception as error:
        hint = "Check its name and the network, or give --data FILE."
        raise DataError(f"cannot be loaded: {first_line(root_cause(error))}", where=where, hint=hint) from error
    hint = f"Name one: --data {path}:{configs[0]}."
    raise DataError(f"has the configurations {listed(configs[:8])}.", where=where, hint=hint)


def _on_hub(name: str, rest: str, split: str | None) -> Place:
    """Return a data set on the Hub: ``OWNER/NAME``, ``@REVISION`` or ``:CONFIGURATION`` behind it."""
    path, _, config = name.partition(":")
    revision, _, behind = rest.partition(":")
    config = config or behind
    spec = {"path": path} | ({"name": config} if config else {}) | ({"revision": revision} if revision else {})
    if split:
        return Place({"dataset": {**spec, "split": split}})
    splits = splits_on_hub(path, config)
    if "train" in splits and "test" in splits and set(splits) <= {"train", "validation", "test"}:
        return Place({"dataset": spec}, are_split=True)
    if len(splits) == 1:
        return Place({"dataset": {**spec, "split": splits[0]}})
    wanted = next((one for one in ("test", "validation", "train") if one in splits), splits[0])
    why = f"the splits are {listed(splits)}, which are not train, validation and test; these records are split anew"
    return Place({"dataset": {**spec, "split": wanted}}, guesses={"dataset": why})


def _in_folder(folder: Path, settings: YamlMapping) -> Place:
    if (folder / SAVED[0]).is_file():
        return Place({"source": str(folder)}, folder, are_split=True)
    if (folder / SAVED[1]).is_file():
        return Place({"source": str(folder)}, folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if settings.get("format") == "brat" or any(name.endswith(".ann") for name in names):
        return Place({"source": str(folder), "format": "brat"}, folder, {"format": "there are .ann files in it"})
    readable = [name for name in names if _stem(name) is not None]
    files, guesses = _split_files(readable)
    if "train" in files and "test" in files:
        return _guessed_format(
            Place({"source": str(folder), "files": files}, folder, guesses, are_split=True), settings
        )
    whole = [name for name in readable if not name.endswith(".txt") and Path(name).stem.lower() != "readme"]
    if len(whole) == 1:
        return _guessed_format(Place({"source": str(folder / whole[0])}, folder / whole[0]), settings)
    if not whole:
        raise DataError("holds no file of records.", where=str(folder), hint=f"It may end with {listed(ENDINGS[:8])}.")
    raise DataError(
        f"holds {len(whole)} files that may be the records: {listed(whole[:5])}{', …' if len(whole) > 5 else ''}.",
        where=str(folder),
        hint="Name one of them, or call them train, validation and test.",
    )


def _split_files(names: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return for each split its file, or a glob for several shards of one; and why where that was guessed."""
    files: dict[str, str] = {}
    for split, words in _SPLITS.items():
        fitting = [name for name in names if (_stem(name) or "").lower() in words]
        shards = {re.sub(r"-\d{5}-of-\d{5}", "-*", name) for name in fitting}
        if len(shards) == 1:
            files[split] = shards.pop()
    if "test" not in files and {"train", "validation"} <= files.keys():
        files["test"] = files.pop("validation")
        return files, {"files": "there is no file for test, so that the one for validation is measured on"}
    order = {split: files[split] for split in _SPLITS if split in files}
    return order, {}


def _stem(name: str) -> str | None:
    """Return the name of a file of records without its ending; None for another file."""
    plain = next((name.removesuffix(ending) for ending in _PACKED if name.endswith(ending)), name)
    ending = next((ending for ending in ENDINGS if plain.lower().endswith(ending)), None)
    if ending is None:
        return None
    stem = plain[: -len(ending)]
    shard = _SHARD.fullmatch(stem)
    return shard["stem"] if shard else stem


def _guessed_format(place: Place, settings: YamlMapping) -> Place:
    """Return a place with the format of an annotation tool's export, and what divides the cells of a table."""
    data = data_of(place, settings)
    files = place.files(data)
    every = [name for names in files.values() for name in names]
    kind = format_of(data, every)
    file = RecordFile(Path(every[0]), every[0], EveryColumn({}), Written.of(data))
    if not data.format and (tool := format_of_export(file, kind)):
        return replace(place, keys={**place.keys, "format": tool}, guesses={**place.guesses, "format": "by its keys"})
    if kind in DELIMITED and not data.separator and (mark := _separator(file, kind)):
        why = f"its header has one column without it, and {quoted(mark)} divides it"
        return replace(place, keys={**place.keys, "separator": mark}, guesses={**place.guesses, "separator": why})
    return place


def _separator(file: RecordFile, kind: str) -> str | None:
    """Return the one mark that divides a header which the usual one of the format does not; None where that does."""
    header = next((line for line in guarded(lines(file), file.display_name) if line.strip()), "")
    usual = "," if kind == "csv" else "\t"
    others = [mark for mark in _MARKS if mark != usual and mark in header]
    return others[0] if usual not in header and len(others) == 1 else None


def data_of(place: Place, settings: YamlMapping) -> Data:
    """Return the ``data:`` block by which the records are looked at. Raises UsageError for settings that are none."""
    kept = {key: value for key, value in settings.items() if key in _READ_BY}
    split = {"split": {"method": "given"}} if place.are_split else {}
    values = {**place.keys, **kept, **split}
    try:
        return Data.model_validate(values)
    except ValidationError as error:
        key, sentence = value_problems(error, values)[0]
        raise UsageError(sentence, where=f"--set data.{'.'.join(map(str, key))}") from error


_READ_BY = ("format", "separator", "quoting", "quotechar", "escapechar", "skipinitialspace", "encoding", "sheet",
            "offsets")  # fmt: skip


def path_writer(folder: Path) -> Callable[[Path], str]:
    """Return how the recipe in *folder* names paths: from there where both lie below here, else from the root on."""
    here, start = Path.cwd().resolve(), folder.parent.resolve() / folder.name

    def written(path: Path) -> str:
        target = path.parent.resolve() / path.name if path.name else path.resolve()
        if target.is_relative_to(here) and start.is_relative_to(here):
            return Path(os.path.relpath(target, start)).as_posix()
        return str(plain_path(path))

    return written
