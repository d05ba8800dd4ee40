"""Texts whose lines are records and whose cells a separator divides: CSV, TSV and their kin."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from hubpress.data.reading import RecordFile, Records
from hubpress.data.swallowed import Swallowed
from hubpress.data.text_files import guarded, lines
from hubpress.errors import DataError
from hubpress.input_template import Record
from hubpress.text import counted

_SEPARATORS = ",;\t|"
_MOST_LINES = 10_000  # of one record
_QUOTE_HINT = (
    "Look for a double quote that is not closed, or not doubled inside a quoted text; set data.quoting to none where "
    "quotes are marks like others."
)


def read_delimited(file: RecordFile, *, separator: str) -> Records:
    """Yield the rows of a text below its header, every value a text; empty lines and lines of spaces are left out.

    *separator* is the usual one of the format. Where the recipe names none and the usual one gives not the columns
    that it reads, another is taken if it is the only one that gives them all. Raises DataError, with the line, for
    what does not follow the header or the quotes.
    """
    yield from guarded(_rows(file, separator), file.display_name)


def _rows(file: RecordFile, usual: str) -> Iterator[Record]:
    source = _Lines(lines(file))
    first = next(source, "")
    if first.lower().startswith("sep=") and len(first.strip("\r\n")) == 5:  # what Excel reads the separator from
        usual = first[4]
        first = next(source, "")
    source.put_back(first)
    dialect = _dialect(file, first, usual)
    records = _cells(file, source, dialect)
    header = [name.strip() for name in next(records, [])]
    where = file.line(source.first)
    _refuse_other_separator(file, header)
    file = file.with_header(header, where=where, hint=_header_hint(header))
    # Columns without a name are not read; nor are those that share one.
    read = {name: index for index, name in enumerate(header) if name and header.count(name) == 1}
    swallowed = Swallowed(file, dialect.separator, read, len(header))
    for cells in records:
        if len(source.of_record) > 1 and not dialect.is_certain:
            swallowed.refuse(source.of_record, source.first)
        if len(header) > 1 and len(cells) == 1 and not cells[0].strip():
            continue
        # Some programs write empty cells behind the last one; where the header has them, too, they are counted.
        if len(cells) < len(header) or any(cells[len(header) :]) or (len(cells) > len(header) and not header[-1]):
            raise _wrong_width(file, source, cells, header, dialect)
        yield {name: cells[index] for name, index in read.items()}


@dataclass(frozen=True)
class _Dialect:
    separator: str
    is_quoted: bool
    """Whether quotes enclose cells."""
    is_certain: bool
    """Whether the recipe says so."""


def _dialect(file: RecordFile, header: str, usual: str) -> _Dialect:
    separator = file.written.separator or _separator(file, header, usual)
    quoting = file.written.quoting
    is_quoted = quoting != "none" if quoting else separator != "\t" or file.written.quotechar is not None
    return _Dialect(separator, is_quoted, is_certain=quoting is not None or file.written.quotechar is not None)


def _separator(file: RecordFile, header: str, usual: str) -> str:
    """Return what divides a header's cells: the usual mark, unless another alone gives the columns that are read."""
    fitting: list[str] = [
        mark
        for mark in dict.fromkeys([usual, *_SEPARATORS])
        if file.columns.are_in(_split(file, header, mark), display_name=file.display_name)
    ]
    if usual in fitting or not file.columns.fields:
        return usual
    if len(fitting) == 1:
        return fitting[0]
    return usual


def _refuse_other_separator(file: RecordFile, header: list[str]) -> None:
    """Raise DataError for a header of one column that another mark divides."""
    other = next((mark for mark in _SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if other and header[0] not in file.columns.called_as_in(header, display_name=file.display_name).fields:
        what = f"has one column; its header looks separated by {other!r}."
        named = "\\t" if other == "\t" else other
        raise DataError(what, where=file.line(1), hint=f'Set {file.written.block}.separator to "{named}".')


def _split(file: RecordFile, header: str, mark: str) -> list[str]:
    try:
        cells = next(csv.reader([header], delimiter=mark, quotechar=file.written.quote), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


class _Lines(Iterator[str]):
    """Lines, of which those are kept that belong to the record that is being read."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._waiting: list[str] = []
        self.of_record: list[str] = []
        self.first = 1
        """The number of the first of them."""

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._source)
        self.of_record.append(line)
        if len(self.of_record) > _MOST_LINES:
            raise csv.Error(f"no end within {_MOST_LINES:,} lines")
        return line

    @property
    def last(self) -> int:
        """The number of the line that was given last."""
        return self.first + len(self.of_record) - 1

    def put_back(self, line: str) -> None:
        """Give the last line once more; an empty text is none."""
        if line:
            self._waiting.append(line)
            self.of_record.pop()

    def begin(self) -> None:
        """Let the next line be the first of a record."""
        self.first += len(self.of_record)
        self.of_record.clear()


def _cells(file: RecordFile, source: _Lines, dialect: _Dialect) -> Iterator[list[str]]:
    """Yield the cells of each record; empty lines are left out."""
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(
        source,
        delimiter=dialect.separator,
        quoting=csv.QUOTE_MINIMAL if dialect.is_quoted else csv.QUOTE_NONE,
        quotechar=file.written.quote,
        escapechar=file.written.escapechar,
        skipinitialspace=bool(file.written.skipinitialspace),
        strict=True,
    )
    source.begin()
    try:
        for cells in reader:
            if not dialect.is_quoted and not dialect.is_certain:
                _refuse_quoted(file, source.first, cells)
            if dialect.is_quoted and file.written.skipinitialspace is None:
                _refuse_spaced(file, source, cells, dialect)
            if cells:
                yield cells
            source.begin()
    except csv.Error as error:
        raise _badly_quoted(file, source, error) from error


def _badly_quoted(file: RecordFile, source: _Lines, error: csv.Error) -> DataError:
    what = f"is not well quoted: {error}."
    if source.last > source.first:
        what = f"opens a quoted text that does not end well: {error} (line {source.last})."
    return DataError(what, where=file.line(source.first), hint=_escape_hint(file, source, '"') or _QUOTE_HINT)


def _escape_hint(file: RecordFile, source: _Lines, mark: str) -> str:
    """Return what to do where a backslash stands before a mark of the record that is being read; else nothing."""
    if (
        file.written.block != "data"
        or file.written.escapechar
        or not any(f"\\{mark}" in line for line in source.of_record)
    ):
        return ""
    escaped = "quotes" if mark == '"' else "separators"
    return f'Its {escaped} stand behind backslashes: set {file.written.block}.escapechar to "\\\\".'


def _refuse_quoted(file: RecordFile, line: int, cells: list[str]) -> None:
    """Raise DataError for a cell that a writer has quoted, in a file that is read without quotes by default."""
    quote = file.written.quote
    for cell in cells:
        if len(cell) > 1 and cell[0] == cell[-1] == quote:
            inner = cell[1:-1]
            if quote in inner and quote not in inner.replace(quote * 2, ""):
                what = f"holds {cell[:40]!r}, which looks quoted; tab-separated texts are read as they stand."
                hint = "Set data.quoting to minimal, or to none if these quotes belong to the text."
                raise DataError(what, where=file.line(line), hint=hint)


def _refuse_spaced(file: RecordFile, source: _Lines, cells: list[str], dialect: _Dialect) -> None:
    """Raise DataError for a quote behind a space that follows a separator: it encloses nothing there."""
    quote = file.written.quote
    cell = next((cell for cell in cells if cell[:1] == " " and cell.lstrip(" ")[:1] == quote), None)
    if cell and f"{dialect.separator}{cell[:2]}" in source.of_record[-1]:
        what = f"holds {cell[:40]!r}: a quote that follows a space encloses nothing."
        hint = "Set data.skipinitialspace to true, or to false if both belong to the text."
        raise DataError(what, where=file.line(source.first), hint=hint)


def _wrong_width(file: RecordFile, source: _Lines, cells: list[str], header: list[str], dialect: _Dialect) -> DataError:
    hint = "Put texts that hold the separator into double quotes."
    if len(cells) < len(header):
        hint = "Write all of its cells, empty ones too; a text with a line break stands in double quotes."
    if not dialect.is_quoted:
        quoted = any(cell.startswith(file.written.quote) for cell in cells) and not dialect.is_certain
        hint = "No cell may hold the separator or a line break, and empty cells have separators, too."
        hint = "Set data.quoting to minimal." if quoted else hint
    what = f"has {counted(len(cells), 'column')} where the header has {len(header)}."
    hint = _escape_hint(file, source, dialect.separator) or hint
    return DataError(what, where=file.line(source.first), hint=hint)


def _header_hint(header: list[str]) -> str:
    """Return what may be wrong where columns are missing, if quotes around their names tell it."""
    named = [name for name in header if name]
    for quote in "\"'":
        if named and all(len(name) > 1 and name[0] == name[-1] == quote for name in named):
            setting = "data.quoting to minimal" if quote == '"' else 'data.quotechar to "\'"'
            return f"Its columns stand in quotes: set {setting}."
    return ""
