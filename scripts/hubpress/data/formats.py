"""Files of records, one reader a format, as a stream: values stay what the file says, and faults name their line."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hubpress.data.conll import COLUMNS, read_conll
from hubpress.errors import DataError, first_line
from hubpress.input_template import Record
from hubpress.text import suggestion

Records = Iterator[Record]

_SAVE_AS_TEXT = "Save it as UTF-8 text."

_UNPACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}


@dataclass(frozen=True)
class RequiredColumns:
    """The columns that a recipe reads; ``fields`` says for each which of the recipe's fields names it."""

    fields: dict[str, str]

    def refuse_missing(self, known: Iterable[str], *, display_name: str) -> None:
        """Raise DataError when *known*, the columns of the file *display_name*, lack one that the recipe reads."""
        names = list(known)
        for column, field in self.fields.items():
            if column not in names:
                raise DataError(
                    f"there is no column {column!r} in {display_name}.{suggestion(column, names)}",
                    where=field,
                    hint=f"Columns: {', '.join(names)}.",
                )


def read_file(path: Path, kind: str, columns: RequiredColumns, *, display_name: str) -> Records:
    """Yield the records of a file; gzip, bzip2 and xz are unpacked.

    Raises DataError, with *display_name* for the file, and the line where there are lines, for what cannot be read as
    *kind* and for records without the columns asked for.
    """
    yield from _guarded(READERS[kind](path, columns, display_name), display_name)


def read_delimited(path: Path, separator: str, columns: RequiredColumns, *, display_name: str) -> Records:
    """Yield the rows of a text file with any separator, every value a text; raises what :func:`read_file` raises."""
    yield from _guarded(_delimited(path, columns, display_name, separator=separator), display_name)


def _guarded(records: Records, display_name: str) -> Records:
    try:
        yield from records
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"cannot be unpacked: {error}.", where=display_name, hint="Pack it anew.") from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.", where=display_name) from error


def _lines(path: Path, display_name: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 text with their ends, without its byte order mark."""
    with path.open("rb") as stream:
        start = stream.read(6)
    opened = next((unpacked for magic, unpacked in _UNPACKED.items() if start.startswith(magic)), Path.open)
    with opened(path, "rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise DataError("is not UTF-8.", where=f"{display_name}:{number}", hint=_SAVE_AS_TEXT) from error
            if "\0" in text:
                what = "is not text: it holds a zero byte."
                raise DataError(what, where=f"{display_name}:{number}", hint=_SAVE_AS_TEXT)
            yield text


def _delimited(path: Path, columns: RequiredColumns, display_name: str, *, separator: str) -> Records:
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(_lines(path, display_name), delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        _refuse_header(header, separator, display_name)
        columns.refuse_missing(header, display_name=display_name)
        for cells in reader:
            if not cells:  # an empty line
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"has {len(cells)} column(s) where the header has {len(header)}.",
                    where=f"{display_name}:{reader.line_num}",
                    hint="Put texts that hold the separator into double quotes.",
                )
            yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        hint = "Look for a double quote that is not closed, or not doubled inside a quoted text."
        raise DataError(
            f"is not well quoted: {error}.", where=f"{display_name}:{reader.line_num}", hint=hint
        ) from error


def _refuse_header(header: list[str], separator: str, display_name: str) -> None:
    other = next((mark for mark in ",;\t|" if mark != separator and len(header) == 1 and mark in header[0]), None)
    if other:
        what = f"has one column; its header looks separated by {other!r}."
        hint = "Set data.format to tsv." if other == "\t" else f"Save it with {separator!r} as the separator."
        raise DataError(what, where=f"{display_name}:1", hint=hint)
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        what = f"names the column {twice!r} twice."
        raise DataError(what, where=f"{display_name}:1", hint="Give each column its own name.")


def _json(path: Path, columns: RequiredColumns, display_name: str) -> Records:
    """Yield the records of a list of objects; a file of JSON lines is often called .json, too."""
    text = "".join(_lines(path, display_name))
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _json_lines(path, columns, display_name)
        raise DataError(
            f"is not JSON: {error.msg}.", where=f"{display_name}:{error.lineno}", hint="Mend it."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"is not JSON: {error}.", where=display_name) from error
    if isinstance(document, dict) and columns.fields.keys() <= document.keys():
        document = [document]  # one line of JSON lines
    if not isinstance(document, list):
        hint = 'Write [{"column": "value", …}, …], or one such object a line.'
        raise DataError(f"is one {_kind(document)}, not a list of records.", where=display_name, hint=hint)
    records = ((f"record {number}", record) for number, record in enumerate(document, start=1))
    return _objects(records, columns, display_name)


def _json_lines(path: Path, columns: RequiredColumns, display_name: str) -> Records:
    def parsed() -> Iterator[tuple[str, Any]]:
        for number, line in enumerate(_lines(path, display_name), start=1):
            if not line.strip():
                continue
            try:
                yield f"line {number}", json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    f"is not JSON: {error.msg}.", where=f"{display_name}:{number}", hint="Mend the line."
                ) from error
            except (ValueError, RecursionError) as error:
                raise DataError(f"is not JSON: {error}.", where=f"{display_name}:{number}") from error

    return _objects(parsed(), columns, display_name)


def _objects(values: Iterable[tuple[str, Any]], columns: RequiredColumns, display_name: str) -> Records:
    """Yield objects as records, each with its place in the file in words.

    A column must be in one record at least; the records that lack it have None there.
    """
    seen: dict[str, None] = {}
    for location, value in values:
        if not isinstance(value, dict):
            hint = 'A record is an object: {"column": "value", …}.'
            raise DataError(f"{location} is one {_kind(value)}, not a record.", where=display_name, hint=hint)
        seen.update(dict.fromkeys(value))
        yield {column: value.get(column) for column in columns.fields}
    if seen:
        columns.refuse_missing(seen, display_name=display_name)


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", int: "number", float: "number"}
    return names.get(type(value), "null")


def _parquet(path: Path, columns: RequiredColumns, display_name: str) -> Records:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            columns.refuse_missing(file.schema_arrow.names, display_name=display_name)
            for batch in file.iter_batches(batch_size=10_000, columns=list(columns.fields)):
                yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        what = f"cannot be read as parquet: {first_line(error)}"
        raise DataError(what, where=display_name, hint="Check the file.") from error
    except OverflowError as error:
        what = "holds a date outside the years 1 to 9999."
        raise DataError(what, where=display_name, hint="Mend it, or leave its column out.") from error


def _conll(path: Path, columns: RequiredColumns, display_name: str) -> Records:
    columns.refuse_missing(COLUMNS, display_name=display_name)
    return read_conll(_lines(path, display_name), display_name=display_name)


READERS: dict[str, Callable[[Path, RequiredColumns, str], Records]] = {
    "csv": partial(_delimited, separator=","),
    "tsv": partial(_delimited, separator="\t"),
    "json": _json,
    "jsonl": _json_lines,
    "parquet": _parquet,
    "conll": _conll,
}
