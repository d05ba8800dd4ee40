"""What a reader passes over in a file, so that it is counted and said rather than lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hubpress.input_template import Record


@dataclass(frozen=True)
class LeftOut:
    """What a reader passes over, in words that end "12 records (…)" or "12 …": a record, or something in one."""

    what: str
    is_record: bool = True
    count: int = 1


Found = Record | LeftOut
"""What a reader yields for each record of a file."""


@dataclass(frozen=True)
class LeftOutCounts:
    """How often readers have left out what, by its words."""

    records: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    """What stands in records that are read."""

    def kept(self, found: Iterable[Found]) -> Iterator[tuple[int, Record]]:
        """Yield each record that is read with its place among all of them, from 1; count the rest."""
        number = 0
        for one in found:
            if not isinstance(one, LeftOut):
                number += 1
                yield number, one
            elif one.is_record:
                number += one.count
                self.records[one.what] += one.count
            else:
                self.parts[one.what] += one.count

    def in_words(self) -> str:
        """Return the records left out as the end of a sentence; empty without any."""
        named = [f"{count} {what}" for what, count in self.records.items()]
        return f" that can be used ({', '.join(named)})" if named else ""
