"""What goes from files to workers, and back: rows in chunks, and rows that have no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHUNK_ROWS = 512
"""Rows that a worker is given at a time: enough to sort by length, few enough to hold."""
CHUNK_CHARACTERS = 4_000_000
LONGEST_TEXT = 1_000_000
"""Characters of a value; no model reads a hundredth of that."""

Share = tuple[int, int]
"""Which parts of a file are answered here: of every so many (the second number) the one of this place (the first)."""
WHOLE: Share = (0, 1)


@dataclass(frozen=True)
class Row:
    """A record as it stands in a file: its number from 1, its id if there is one, its values by the model's fields."""

    number: int
    id: int | str | None
    values: dict[str, Any]


@dataclass(frozen=True)
class BadRow:
    """A record that cannot be answered, and why."""

    number: int
    reason: str


@dataclass
class Chunk:
    """Some rows of one part of a file."""

    file: int
    part: int
    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    share: float = 0.0
    """How much of the file has been read when it ends."""
    ends_part: bool = False
    ends_file: bool = False
    deaths: int = 0
    """How many workers have died of it."""


@dataclass(frozen=True)
class Orders:
    """What a worker is told once."""

    folder: Path
    weights: str
    kind: str
    """``labels``, ``numbers`` or ``entities``."""
    template: str
    text_pair: str | None


@dataclass(frozen=True)
class Answered:
    """What a worker made of a chunk: the numbers and ids of the rows, the columns of their answers, and bad rows."""

    rows: list[tuple[int, int | str | None]]
    columns: dict[str, list[object]]
    bad: list[BadRow]
    cpu_seconds: float = 0.0


def chunked(
    rows: Iterable[tuple[Row | BadRow, float]],
    *,
    file: int,
    rows_per_part: int,
    done: frozenset[int],
    share: Share = WHOLE,
) -> Iterator[Chunk]:
    """Yield the rows of a file in chunks, each within one part; none of the parts that are *done* or of others' share.

    *rows* come with the share of the file that has been read. A file without rows is one chunk without any.
    """

    def is_wanted(part: int) -> bool:
        return part not in done and part % share[1] == share[0]

    chunk, size = Chunk(file, 0), 0
    for count, (row, reached) in enumerate(rows):
        part = count // rows_per_part
        if part != chunk.part:
            chunk.ends_part = True
        if part != chunk.part or len(chunk.rows) + len(chunk.bad) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            if is_wanted(chunk.part):
                yield chunk
            chunk, size = Chunk(file, part), 0
        if is_wanted(part):
            if isinstance(row, Row):
                chunk.rows.append(row)
                size += sum(len(value) for value in row.values.values() if isinstance(value, str))
            else:
                chunk.bad.append(row)
        chunk.share = reached
    chunk.ends_part = chunk.ends_file = True
    if is_wanted(chunk.part):
        yield chunk
