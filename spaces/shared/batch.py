"""Many inputs at once: answers a few at a time, and writes them to a file as they come."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from inputs import Inputs, Row, read_inputs
from settings import Limits
from shorten import shortened

_ROWS = 32  # are answered together
_CHARACTERS = 100_000  # or so many, if they are long: memory does not grow with the length of the texts
PREVIEW = 100
"""So many lines of results are shown."""
_SHOWN = 200  # characters of a cell


class Worker(Protocol):
    """What answers: a classifier or a tagger."""

    @property
    def fields(self) -> Sequence[str]:
        """What an input may have beside its texts."""

    @property
    def texts(self) -> Sequence[str]:
        """What a text, or both texts of a pair, are called where they are given as the model reads them."""

    @property
    def columns(self) -> Sequence[str]:
        """Of the results."""

    @property
    def repeats_input(self) -> bool:
        """The texts stand in the results too."""

    def lines(self, inputs: Sequence[Any]) -> Iterator[list[list[Any]]]:
        """Yield for each input its lines of results."""


@dataclass(frozen=True)
class Results:
    """What a batch left."""

    path: Path
    rows: int
    lines: int
    header: list[str]
    preview: list[list[str]]


def answer_all(
    worker: Worker,
    file: str | Path | None,
    pasted: str | None,
    limits: Limits,
    progress: Callable[[int, int], object],
) -> Results:
    """Answer a file or pasted lines into a CSV file in a new temporary folder, which the caller removes.

    *progress* is told how many of how many rows are done. Raises Problem before anything is answered when the inputs
    cannot be read. Memory does not grow with the rows: neither inputs nor results are held.
    """
    csv.field_size_limit(limits.characters)
    inputs = read_inputs(file, pasted, worker.fields, limits, worker.texts)
    kept = [name for name in inputs.columns if worker.repeats_input or name not in (*worker.fields, *worker.texts)]
    header = ["row", *kept, *_own_names(worker.columns, kept)]
    path = Path(tempfile.mkdtemp()) / f"{_stem(inputs)}-results.csv"
    preview: list[list[str]] = []
    done = lines = 0
    # What no encoding knows (half a surrogate pair, which JSON may hold) is written as an escape.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for chunk in _chunks(inputs.rows()):
            progress(done, inputs.count)
            for row, answers in zip(chunk, worker.lines([row.given for row in chunk]), strict=True):
                for answer in answers:
                    cells = [row.number, *(_cell(row.values.get(name)) for name in kept), *answer]
                    writer.writerow(cells)
                    lines += 1
                    if len(preview) < PREVIEW:
                        preview.append([_encodable(shortened(str(cell), _SHOWN)) for cell in cells])
            done += len(chunk)
    progress(done, inputs.count)
    return Results(path, done, lines, header, preview)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(len(value) for value in row.values.values() if isinstance(value, str))
        if len(chunk) == _ROWS or size >= _CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _own_names(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the names of the answers' columns; a file of labelled records may have a column of that name."""
    found = []
    for name in names:
        while name in taken:
            name = f"model_{name}"
        found.append(name)
    return found


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _encodable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _stem(inputs: Inputs) -> str:
    return inputs.source.stem[:50] if isinstance(inputs.source, Path) else "pasted"
