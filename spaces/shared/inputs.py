"""Files and pasted lines of inputs: checked whole before the first is answered, then read a few at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from record_text import column_of
from settings import Limits, Problem

_TEXT = "text"
_TEXTS = (_TEXT,)
_DELIMITERS = ",;\t"
_SNIFFED = 8192  # bytes
_MOST_COLUMNS = 50
_ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
ENDINGS = tuple(_ENDINGS)
_NAMED = 5  # columns that a message lists


@dataclass(frozen=True)
class Row:
    """One input: a text as the model reads it, or a record of its fields, and everything that stands beside it."""

    number: int
    given: str | dict[str, Any]
    """A text, or a record; of a model that reads pairs perhaps ``text`` and ``text_pair``."""
    values: dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """A file or pasted lines that were read once and hold nothing but what can be read; ``read_inputs`` makes one."""

    source: Path | str
    kind: str
    """csv, jsonl or lines."""
    name: str
    fields: tuple[str, ...]
    limits: Limits
    texts: tuple[str, ...] = _TEXTS
    """What a text, or both texts of a pair, are called where they are given as the model reads them."""
    count: int = 0
    columns: tuple[str, ...] = ()
    """What the file has, in its order."""

    def rows(self) -> Iterator[Row]:
        """Yield every row. Raises Problem, a sentence that names the line, at the first that is wrong."""
        with self._opened() as stream:
            if self.kind == "csv":
                yield from self._limited(_csv_rows(stream, self.fields, self.texts, self.name))
            else:
                is_json = self.kind == "jsonl"
                yield from self._limited(_lines(stream, self.fields, self.texts, self.name, json_lines=is_json))

    def _limited(self, rows: Iterator[tuple[int, Row]]) -> Iterator[Row]:
        for place, row in rows:
            if row.number > self.limits.rows:
                raise Problem(f"{self.name} has more than {self.limits.rows:,} rows. Send it in several parts.")
            longest = max((len(value) for value in row.values.values() if isinstance(value, str)), default=0)
            if longest > self.limits.characters:
                over = f"{longest:,} characters; the limit is {self.limits.characters:,}."
                raise Problem(f"{self.name}, line {place:,}: a text has {over}")
            yield row

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        stream = (
            self.source.open(encoding="utf-8-sig", newline="" if self.kind == "csv" else None)
            if isinstance(self.source, Path)
            else io.StringIO(self.source)
        )
        try:
            yield stream
        except UnicodeDecodeError:
            raise Problem(f"{self.name} is no text in UTF-8. Save it as “CSV UTF-8” or as JSONL.") from None
        finally:
            stream.close()


def read_inputs(
    file: str | Path | None, pasted: str | None, fields: Sequence[str], limits: Limits, texts: Sequence[str] = _TEXTS
) -> Inputs:
    """Return the inputs of an uploaded file or, without one, of pasted lines.

    A file's rows have the model's *fields*, or its *texts* as the model reads them: ``text``, and ``text_pair`` of a
    model that reads pairs, of which a pasted line has a tab between the two. Everything is read
    once, a row at a time. Raises Problem, one sentence, for whatever is wrong with it.
    """
    if file:
        inputs = _of_file(Path(file), tuple(fields), limits, tuple(texts))
    elif pasted and pasted.strip():
        if len(pasted) > limits.file_mb * 1_000_000:
            raise Problem(f"These lines have more than {limits.file_mb} million characters. Send them in parts.")
        inputs = Inputs(pasted, "lines", "The text that you pasted", tuple(fields), limits, tuple(texts))
    else:
        raise Problem("There is nothing to read yet: choose a file, or paste some lines.")
    count = 0
    columns: dict[str, None] = {}
    for row in inputs.rows():
        count += 1
        columns.update(dict.fromkeys(row.values))
        if len(columns) > _MOST_COLUMNS:
            raise Problem(f"{inputs.name} has more than {_MOST_COLUMNS} columns.")
    if not count:
        raise Problem(f"{inputs.name} has no rows.")
    return replace(inputs, count=count, columns=tuple(columns))


def _of_file(path: Path, fields: tuple[str, ...], limits: Limits, texts: tuple[str, ...]) -> Inputs:
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise Problem(f"{path.name} is not a file of a kind that is read here: {', '.join(ENDINGS)}.")
    if path.stat().st_size > limits.file_mb * 1_000_000:
        raise Problem(f"{path.name} is larger than {limits.file_mb} MB. Send it in several parts.")
    with path.open("rb") as stream:
        beginning = stream.read(_SNIFFED)
    if not beginning.strip():
        raise Problem(f"{path.name} is empty.")
    if b"\0" in beginning:
        raise Problem(f"{path.name} is a binary file or not in UTF-8. Save it as “CSV UTF-8” or as JSONL.")
    return Inputs(path, kind, path.name, fields, limits, texts)


def _csv_rows(stream: TextIO, fields: Sequence[str], texts: tuple[str, ...], name: str) -> Iterator[tuple[int, Row]]:
    """Yield each row with the line that it ends on."""
    first = stream.readline()
    delimiter = max(_DELIMITERS, key=lambda mark: len(_columns(_cells(first, mark), (*fields, *texts))))
    header = _cells(first, delimiter)
    wanted = _wanted(header, fields, texts)
    if wanted is None:
        raise Problem(
            f"{name} has no column {_named(fields, texts)}. Its first line, which has to name the columns, "
            f"is: {first.strip()[:80]}"
        )
    if twice := [cell for cell in header if header.count(cell) > 1]:
        raise Problem(f"{name} has two columns named {twice[0]!r}.")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            if not cells:
                continue
            number += 1
            if len(cells) != len(header):
                raise Problem(
                    f"{name}, line {reader.line_num + 1:,}: there are {len(cells)} values for {len(header)} columns. "
                    "A text with a comma, a quotation mark or a line break has to stand in quotation marks."
                )
            values = dict(zip(header, cells, strict=True))
            yield reader.line_num + 1, Row(number, _given(values, wanted), values)
    except csv.Error as error:
        raise Problem(f"{name}, line {reader.line_num + 1:,}: this is not CSV ({error}).") from error


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _lines(
    stream: TextIO, fields: Sequence[str], texts: tuple[str, ...], name: str, *, json_lines: bool
) -> Iterator[tuple[int, Row]]:
    """Yield each line that is not blank with its number: JSON, or as it is where it was pasted."""
    number = 0
    for place, line in enumerate(stream, start=1):
        if not (text := line.strip()):
            continue
        number += 1
        # Pasted lines are texts; but a model of several fields may be given records, as the API takes them.
        if not json_lines and not (len(fields) > 1 and text.startswith("{")):
            cells = text.split("\t") if len(texts) > 1 else [text]
            pair = dict(zip(texts, cells, strict=False))
            yield place, Row(number, pair if len(cells) == len(texts) > 1 else text, pair)
            continue
        value = _json(text, f"{name}, line {place:,}")
        if isinstance(value, str):
            yield place, Row(number, value, {_TEXT: value})
            continue
        wanted = _wanted(list(value), fields, texts) if isinstance(value, dict) else None
        if wanted is None:
            raise Problem(f"{name}, line {place:,}: this is neither a text nor an object with {_named(fields, texts)}.")
        yield place, Row(number, _given(value, wanted), value)


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Problem(f"{where}: this is not JSON ({error.msg} at character {error.pos + 1}).") from error
    except (RecursionError, ValueError) as error:
        raise Problem(f"{where}: this JSON cannot be read ({type(error).__name__}).") from error


def _wanted(names: Sequence[str], fields: Sequence[str], texts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return which of the columns the model reads: its fields, or else its texts; None where there is neither.

    Raises Problem where two columns may be one field.
    """
    found, whole = _columns(names, fields), texts if set(texts) <= set(names) else None
    is_pair = whole is not None and len(whole) > 1 and len(found) < len(fields)
    return whole if is_pair else found or whole


def _columns(names: Sequence[str], fields: Sequence[str]) -> tuple[str, ...]:
    try:
        found = [column_of(field, names) for field in fields]
    except ValueError as error:
        raise Problem(f"The columns cannot be told apart: {error}") from error
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _given(values: dict[str, Any], wanted: tuple[str, ...]) -> str | dict[str, Any]:
    """Return the record, or the text itself where there is but one."""
    if wanted == (_TEXT,):
        value = values[_TEXT]
        return value if isinstance(value, str) else "" if value is None else str(value)
    return {name: values.get(name) for name in wanted}


def _named(fields: Sequence[str], texts: Sequence[str]) -> str:
    names = [*fields, *(name for name in texts if name not in fields)]
    return " or ".join(repr(name) for name in names[:_NAMED])
