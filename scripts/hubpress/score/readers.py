"""Files of records as streams of rows, by pyarrow and json: whatever is wrong with a row is said of that row alone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hubpress.errors import DataError, first_line
from hubpress.score.rows import LONGEST_TEXT, WHOLE, BadRow, Chunk, Row, Share, chunked
from hubpress.score.sources import Source
from hubpress.text import counted

_CSV_BLOCK = 1 << 20  # a row is at most so long; the reader is some of them ahead
_BATCH = 1024
_LONGEST_LINE = 16_000_000
_LOOKED_AT = 100  # lines of JSON whose keys are taken for the columns of a file
_BOM = b"\xef\xbb\xbf"

Rows = Iterator[tuple[Row | BadRow, float]]


@dataclass(frozen=True)
class Wanted:
    """Which columns are read: by the model's fields, and the one of the ids."""

    columns: dict[str, str]
    id_column: str | None
    separator: str | None = None

    @property
    def names(self) -> list[str]:
        """The names of all of them, each once."""
        return list(dict.fromkeys([*self.columns.values(), *([self.id_column] if self.id_column else [])]))

    def row(self, number: int, record: dict[str, Any]) -> Row | BadRow:
        """Return a record as it goes to a worker, or why it cannot."""
        found = record.get(self.id_column) if self.id_column else None
        if self.id_column and (isinstance(found, bool | float) or not isinstance(found, int | str) or found == ""):
            what = "is missing" if found in (None, "") else f"is {_kind(found)}, and no text or whole number"
            return BadRow(number, f"its id ({self.id_column}) {what}.")
        values = {name: record.get(column) for name, column in self.columns.items()}
        for name, value in values.items():
            if isinstance(value, dict | bytes):
                return BadRow(number, f"its {self.columns[name]} is {_kind(value)}, and no text.")
            if isinstance(value, str | list) and len(value) > LONGEST_TEXT:
                return BadRow(number, f"its {self.columns[name]} has more than {LONGEST_TEXT:,} characters.")
        return Row(number, found, values)


def columns_in(source: Source, separator: str | None = None) -> list[str] | None:
    """Return the names of a file's columns; None of one without records, which has none.

    Of JSON Lines they are the keys of its first records. Raises DataError for what is not of its format.
    """
    with source.opened() as stream, _saying_where(source, lambda: 0):
        if source.format == "parquet":
            from pyarrow import parquet

            return list(parquet.read_schema(stream).names)
        text = _Unpacked(stream, source)
        if source.format == "csv":
            reader = _csv_reader(text, source, separator)
            return None if reader is None else [str(name) for name in reader.schema.names]
        keys: dict[str, None] = {}
        found = False
        for _, (_, line) in zip(range(_LOOKED_AT), _lines(text), strict=False):
            record = _record_of(line)
            found = True
            if isinstance(record, dict):
                keys.update(dict.fromkeys(record))
        return list(keys) if found else None


def ids_in(source: Source, column: str) -> Literal["numbers", "unsigned", "texts"]:
    """Return what a parquet file says that a column of ids holds; of other files they are read as texts.

    Raises DataError where it says that it holds neither these nor texts, so that no row could be answered.
    """
    import pyarrow

    if source.format != "parquet":
        return "texts"
    with source.opened() as stream, _saying_where(source, lambda: 0):
        from pyarrow import parquet

        kind = parquet.read_schema(stream).field(column).type
    types, values = pyarrow.types, kind.value_type if pyarrow.types.is_dictionary(kind) else kind
    if types.is_floating(values) or types.is_decimal(values):
        hint = "Cast it to whole numbers (pandas: astype('Int64')), or name another by --id-column."
        raise DataError(f"{column!r} holds numbers of type {kind}, and is no id.", where=source.name, hint=hint)
    texts = types.is_string(values) or types.is_large_string(values) or types.is_string_view(values)
    if not (texts or types.is_integer(values) or types.is_null(values)):
        hint = "Write texts or whole numbers there, or name another by --id-column."
        raise DataError(f"{column!r} is of type {kind}, and is no id.", where=source.name, hint=hint)
    if types.is_uint64(kind):
        return "unsigned"
    return "numbers" if types.is_integer(kind) else "texts"


def rows_of(source: Source, wanted: Wanted) -> Rows:
    """Yield the rows of a file, each with the share of the file that has been read.

    Raises DataError, with the last row that could be read, for a file that is damaged, or was cut off.
    """
    reached = 0

    def at() -> int:
        return reached

    read = {"parquet": _parquet_rows, "csv": _csv_rows, "jsonl": _json_rows}[source.format]
    with source.opened() as stream, _saying_where(source, at):
        for row, share in read(stream, source, wanted):
            reached = row.number
            yield row, share


@dataclass(frozen=True)
class FileChunks:
    """The chunks of a file that are not answered yet: they are read when they are asked for, wherever that is."""

    number: int
    source: Source
    wanted: Wanted
    rows_per_part: int
    done: frozenset[int]
    share: Share = WHOLE

    def __iter__(self) -> Iterator[Chunk]:
        rows = rows_of(self.source, self.wanted)
        return chunked(rows, file=self.number, rows_per_part=self.rows_per_part, done=self.done, share=self.share)


def _parquet_rows(stream: Any, source: Source, wanted: Wanted) -> Rows:
    from pyarrow import parquet

    with parquet.ParquetFile(stream) as table:
        total, number = max(table.metadata.num_rows, 1), 0
        for batch in table.iter_batches(batch_size=_BATCH, columns=wanted.names, use_threads=False):
            for record in batch.to_pylist():
                number += 1
                yield wanted.row(number, record), number / total


def _csv_rows(stream: Any, source: Source, wanted: Wanted) -> Rows:
    text, skipped = _Unpacked(stream, source, counts=b'"'), _Skipped()
    reader = _csv_reader(text, source, wanted.separator, wanted.names, skipped)
    if reader is None:
        return
    number, held, share = 0, None, 0.0
    for block, batch in enumerate(reader):
        for place, cells in enumerate(zip(*(batch.column(name).to_pylist() for name in wanted.names), strict=True)):
            if held is not None:
                yield _decoded(held[0], held[1], wanted), share
            share = text.share_before(block * _CSV_BLOCK, place / batch.num_rows, _CSV_BLOCK)
            number += 1
            while number in skipped.rows:
                yield BadRow(number, skipped.rows.pop(number)), share
                number += 1
            held = number, cells
    if held is not None:
        if text.counted % 2 and any(b"\n" in cell for cell in held[1]):
            yield BadRow(held[0], "a double quote is not closed: the rest of the file stands in this row."), 1.0
        else:
            yield _decoded(held[0], held[1], wanted), 1.0
    for last, reason in sorted(skipped.rows.items()):
        yield BadRow(last, reason), 1.0


def _decoded(number: int, cells: Sequence[bytes], wanted: Wanted) -> Row | BadRow:
    try:
        return wanted.row(number, {name: cell.decode() for name, cell in zip(wanted.names, cells, strict=True)})
    except UnicodeDecodeError:
        return BadRow(number, "it is not UTF-8.")


@dataclass
class _Skipped:
    """The rows whose cells do not fit the header, with the reason."""

    rows: dict[int, str] = field(default_factory=dict)

    def __call__(self, row: Any) -> str:
        number = row.number - 1  # the header counts
        self.rows[number] = f"it has {counted(row.actual_columns, 'cell')}, and the header {row.expected_columns}."
        return "skip"


def _csv_reader(
    text: _Unpacked,
    source: Source,
    separator: str | None,
    names: Sequence[str] | None = None,
    skipped: Callable[[Any], str] = lambda _: "skip",
) -> Any:
    import pyarrow
    from pyarrow import csv

    mark = separator or ("\t" if ".tsv" in source.name.lower() else ",")
    only = None if names is None else list(names)
    try:
        return csv.open_csv(
            pyarrow.PythonFile(text, mode="r"),
            read_options=csv.ReadOptions(use_threads=False, block_size=_CSV_BLOCK),
            parse_options=csv.ParseOptions(delimiter=mark, newlines_in_values=True, invalid_row_handler=skipped),
            convert_options=csv.ConvertOptions(
                include_columns=only,
                column_types={name: pyarrow.binary() for name in only or ()},
                strings_can_be_null=False,
            ),
        )
    except pyarrow.ArrowInvalid as error:
        if str(error).startswith("Empty CSV file"):
            return None
        raise


def _json_rows(stream: Any, source: Source, wanted: Wanted) -> Rows:
    text = _Unpacked(stream, source)
    for number, line in _lines(text):
        record = _record_of(line)
        if isinstance(record, str):
            yield BadRow(number, record), text.share
        elif missing := [name for name in wanted.names if name not in record]:
            yield BadRow(number, f"it has no {missing[0]}."), text.share
        else:
            yield wanted.row(number, record), text.share


def _lines(text: _Unpacked) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty with their numbers; of one that is too long its beginning."""
    lines = io.BufferedReader(text, buffer_size=1 << 16)
    number = 0
    while line := lines.readline(_LONGEST_LINE):
        number += 1
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = lines.readline(_LONGEST_LINE)
        if number == 1:
            line = line.removeprefix(_BOM)
        if len(line) == _LONGEST_LINE or line.strip():
            yield number, line


def _record_of(line: bytes) -> dict[str, Any] | str:
    """Return the object of a line, or why there is none."""
    if len(line) >= _LONGEST_LINE:
        return f"the line has more than {_LONGEST_LINE:,} bytes."
    try:
        record = json.loads(line)
    except UnicodeDecodeError:
        return "it is not UTF-8."
    except (ValueError, RecursionError) as error:
        return f"it is not JSON: {'nested too deeply' if isinstance(error, RecursionError) else first_line(error)}."
    return record if isinstance(record, dict) else f"it is {_kind(record)}, and no object with columns."


class _Unpacked(io.RawIOBase):
    """The bytes of a text, unpacked; it knows how much of the file is read, and how often a mark stood in it."""

    def __init__(self, stream: Any, source: Source, *, counts: bytes = b"") -> None:
        import fsspec.compression

        self._packed, self._size, self._mark = stream, max(source.size, 1), counts
        unpack = fsspec.compression.compr[source.packing]
        self._stream = unpack(stream, mode="rb") if unpack else stream
        self.counted = 0
        self._passed = 0

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(float(self._packed.tell()) / self._size, 1.0)

    def share_before(self, start: int, part: float, size: int) -> float:
        """Return how much of the file stands before a part of a block of the text, of a reader that is ahead of it."""
        block = min(size, max(self._passed - start, 0))  # the last one is shorter
        return self.share * min((start + part * block) / max(self._passed, 1), 1.0)

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, empty at the end."""
        found: bytes = self._stream.read(size)
        self._passed += len(found)
        if self._mark:
            self.counted += found.count(self._mark)
        return found

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return how many bytes there were."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class _saying_where:
    """Turn what readers raise into DataError with the file, and the last row that could be read."""

    def __init__(self, source: Source, reached: Callable[[], int]) -> None:
        self._source, self._reached = source, reached

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import lzma
        import zlib

        import pyarrow

        kinds = (pyarrow.ArrowException, zlib.error, lzma.LZMAError, EOFError, UnicodeError, OSError)
        if isinstance(error, kinds):
            rows = self._reached()
            place = f"cannot be read beyond row {rows:,}" if rows else f"cannot be read as {self._source.format}"
            hint = "Save it as UTF-8." if isinstance(error, UnicodeError) else "Check the file."
            raise DataError(f"{place}: {first_line(error).rstrip('.')}.", where=self._source.name, hint=hint) from error


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", bool: "true or false", float: "a number", int: "a number"}
    if value is None or isinstance(value, bytes):
        return "null" if value is None else "bytes"
    known = {**kinds, str: "a text"}
    return known.get(type(value), f"a {type(value).__name__}")  # of parquet: a date, a datetime, a Decimal
