"""The records, looked at before anything is known of them: their columns, and what stands in these."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hubpress.data.arrow import class_names, features_of, read_dataset, schema_of
from hubpress.data.left_out import LeftOutCounts
from hubpress.data.reading import EveryColumn, RecordFile, RequiredColumns
from hubpress.data.sources import Source, commit_of, format_of, hub_splits, read_records
from hubpress.data.written_lists import written_list
from hubpress.errors import DataError
from hubpress.input_template import Record
from hubpress.recipe.data import Data
from hubpress.text import quoted

LOOKED_AT = 20_000
"""Of how many records all values are kept for a look; of more these are drawn."""
_FEW = 60
_ON_OR_OFF = {"0", "1", "0.0", "1.0", "true", "false"}
_ARROW = ("parquet", "arrow")


@dataclass
class Table:
    """Records as they stand, or so many of them, drawn evenly; the columns in their order."""

    names: tuple[str, ...]
    records: list[Record]
    count: int
    """How many records there are."""
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The names that columns of ``datasets.ClassLabel`` have for their ids."""
    commit: str | None = None
    """The commit of a data set on the Hub."""
    format: str | None = None
    """The format of the files."""
    places: list[str] = field(default_factory=list)
    """For each of the records where it stands, in words."""

    def values(self, name: str) -> list[Any]:
        """Return what records have in a column, without those that have nothing there."""
        return [value for _, value in self.placed(name)]

    def placed(self, name: str) -> Iterator[tuple[str, Any]]:
        """Yield where in a column records have something, and what that is."""
        for place, record in zip(self.places, self.records, strict=True):
            if (value := record.get(name)) not in (None, "") and value == value:
                yield place, value

    def words(self, name: str) -> Counter[str]:
        """Return the words in a column, and how often each stands there; none for a column of lists."""
        if name not in self._words:
            values = self.values(name)
            single = not any(isinstance(value, list | dict) for value in values)
            self._words[name] = Counter(str(value).strip() for value in values) if single else Counter()
        return self._words[name]

    def lists(self, name: str) -> list[list[Any]]:
        """Return the lists in a column, also those that stand as text; none unless all of its values are such."""
        found: list[Any] = [written_list(value) if isinstance(value, str) else value for value in self.values(name)]
        return found if found and all(isinstance(value, list) for value in found) else []

    def few(self, name: str) -> bool:
        """Tell whether a column holds few words, as labels are, and not one for each record."""
        words = self.words(name)
        return bool(words) and len(words) <= max(2, min(_FEW, sum(words.values()) // 2))

    def is_on_or_off(self, name: str) -> bool:
        """Tell whether a column holds nothing but zeros and ones, or truth values."""
        return bool(self.words(name)) and {word.lower() for word in self.words(name)} <= _ON_OR_OFF

    def shown(self, name: str, most: int = 3) -> str:
        """Return some values of a column for a message."""
        words = [word for word, _ in self.words(name).most_common(most + 1)]
        if not words:
            return quoted(next(iter(self.values(name)), None), 40)
        return ", ".join(quoted(word, 30) for word in words[:most]) + (", …" if len(words) > most else "")

    @cached_property
    def _words(self) -> dict[str, Counter[str]]:
        return {}


def look(data: Data, files: dict[str, list[str]], asked: Sequence[str], *, cache_dir: Path) -> Table:
    """Return the records of a ``data:`` block as a table; *asked* are the columns that a tool's export is asked for.

    Raises DataError for records that cannot be read, and where there are none.
    """
    columns = RequiredColumns({name: f"data.columns.{name}" for name in asked}) if asked else EveryColumn({})
    classes: dict[str, tuple[str, ...]] = {}
    commit = kind = None
    if data.dataset:
        commit, name = commit_of(data.dataset), f"the data set {data.dataset.path!r}"
        sets = hub_splits(data, data.dataset, cache_dir, commit)
        classes = class_names(next(iter(sets.values())).features)
        file = RecordFile(cache_dir, name, columns)
        sources: Iterator[Source] = (Source(split, name, read_dataset(one, file)) for split, one in sets.items())
    else:
        names = next(iter(files.values()))
        kind = format_of(data, names)
        sources = read_records(data, files, columns, cache_dir=cache_dir)
        if kind in _ARROW and "://" not in names[0]:
            classes = _classes(Path(names[0]), kind)
    kept, places, count, seen = _drawn(sources)
    if not count:
        raise DataError("holds no records.", where=data.source or f"data.dataset {data.dataset}")
    return Table(tuple(seen), kept, count, classes, commit, kind, places)


def _classes(path: Path, kind: str) -> dict[str, tuple[str, ...]]:
    import pyarrow

    try:
        return class_names(features_of(schema_of(path, kind)))
    except (pyarrow.ArrowException, OSError):
        return {}  # whoever reads the file says what is wrong with it


def _drawn(sources: Iterator[Source]) -> tuple[list[Record], list[str], int, dict[str, None]]:
    """Return the records, or as many as are looked at, drawn evenly, with their places; their number, and the names of
    the columns."""
    kept: list[Record] = []
    places: list[tuple[int, str]] = []
    names: set[str] = set()
    draw, count, seen = random.Random(0), 0, dict[str, None]()
    for source in sources:
        names.add(source.display_name)
        for number, record in LeftOutCounts().kept(source.records):
            seen.update(dict.fromkeys(record))
            count += 1
            place = (number, source.display_name)
            if len(kept) < LOOKED_AT:
                kept.append(record)
                places.append(place)
            elif (drawn := draw.randrange(count)) < LOOKED_AT:
                kept[drawn], places[drawn] = record, place
    of_file = " of {}" if len(names) > 1 else ""
    return kept, [f"row {number}{of_file.format(name)}" for number, name in places], count, seen
