"""What a reader of a format is given: a file, the columns wanted of it, and how the recipe says it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from hubpress.data.entity_values import Unit
from hubpress.data.faults import RecordFault
from hubpress.errors import DataError
from hubpress.input_template import Record, as_written, column_of, short_name
from hubpress.recipe.data import Data
from hubpress.text import suggestion

Records = Iterator[Record]


@dataclass(frozen=True)
class RequiredColumns:
    """The columns that a recipe reads; ``fields`` says for each which of the recipe's fields names it."""

    fields: dict[str, str]
    of_template: frozenset[str] = frozenset()
    """Those that a template names, which may do so by their short names (see ``input_template``)."""

    def refuse_missing(self, known: Iterable[str], *, display_name: str, hint: str = "") -> None:
        """Raise DataError when *known*, the columns of the file *display_name*, lack one that the recipe reads.

        A *hint* says what may be wrong with the file itself; without one its columns are listed.
        """
        names = list(known)
        for column, where in self.fields.items():
            if self._found(column, names, display_name) is None:
                may_be_short = column in self.of_template
                named = ", ".join(as_written(name) if may_be_short else name for name in names if name)
                near = suggestion(column, [*names, *(map(short_name, names) if may_be_short else ())])
                raise DataError(
                    f"there is no column {column!r} in {display_name}.{near}",
                    where=where,
                    hint=hint or f"Columns: {named}.",
                )

    def are_in(self, known: Collection[str], *, display_name: str) -> bool:
        """Tell whether every column that the recipe reads is among *known*."""
        return all(self._found(column, known, display_name) is not None for column in self.fields)

    def called_as_in(self, known: Collection[str], *, display_name: str) -> Self:
        """Return the columns by their names among *known*, where all of them are."""
        names = {column: self._found(column, known, display_name) or column for column in self.fields}
        return replace(self, fields={names[column]: where for column, where in self.fields.items()})

    def of_record(self, record: Mapping[str, Any], *, display_name: str) -> Record:
        """Return what the recipe reads of a record, with None for a column that it lacks."""
        found = {column: self._found(column, record, display_name) for column in self.fields}
        return {
            column if name is None else name: None if name is None else record[name] for column, name in found.items()
        }

    def _found(self, column: str, names: Collection[str], display_name: str) -> str | None:
        if column in names or column not in self.of_template:
            return column if column in names else None
        try:
            return column_of(column, names)
        except ValueError as error:
            what = f"cannot tell two columns of {display_name} apart: {error}"
            raise DataError(what, where=self.fields[column]) from error

    def refuse_header(self, record: Mapping[str, Any], location: str) -> None:
        """Raise RecordFault for a record whose values are the names of its own columns: files were joined there."""
        read = [name for name in record if name in self.fields]
        values = [str(record[name]).strip("\ufeff \t") for name in read]
        if len(read) > 1 and sorted(values) == sorted(read):
            what = f"repeats the names of the columns, {', '.join(values)}."
            hint = "Take it out: it is the header of a file that was joined to another."
            raise RecordFault(what, where=location, kind="header", hint=hint)

    def refuse_twice(self, names: list[str], *, where: str) -> None:
        """Raise DataError, with *where* they stand, when two columns are called as one that the recipe reads."""
        twice = next((name for name in self.fields if names.count(name) > 1), None)
        if twice is not None:
            what = f"names the column {twice!r} twice."
            raise DataError(what, where=where, hint="Give each column its own name.")


class EveryColumn(RequiredColumns):
    """All columns that there are, for a look at records of which nothing is known yet."""

    def refuse_missing(self, known: Iterable[str], *, display_name: str, hint: str = "") -> None:
        """Let all columns pass: none is asked for by its name."""

    def are_in(self, known: Collection[str], *, display_name: str) -> bool:
        """Return False: what is one object with any keys is not taken for a record."""
        return False

    def called_as_in(self, known: Collection[str], *, display_name: str) -> Self:
        """Return all columns that have a name of their own."""
        names = list(known)
        return replace(self, fields={name: "data.columns" for name in names if name and names.count(name) == 1})

    def of_record(self, record: Mapping[str, Any], *, display_name: str) -> Record:
        """Return all that a record has."""
        return dict(record)


@dataclass(frozen=True)
class Written:
    """How files are written, as far as the recipe says; the names are those of its keys."""

    separator: str | None = None
    quoting: str | None = None
    quotechar: str | None = None
    escapechar: str | None = None
    skipinitialspace: bool | None = None
    encoding: str | None = None
    sheet: str | None = None
    offsets: Unit | None = None
    block: str = "data"
    """The block of the recipe that these keys are in."""

    @property
    def quote(self) -> str:
        """Return what encloses a cell that is quoted."""
        return self.quotechar or '"'

    @classmethod
    def of(cls, data: Data) -> Written:
        """Return what a recipe's ``data:`` block says."""
        return cls(
            separator=data.separator,
            quoting=data.quoting,
            quotechar=data.quotechar,
            escapechar=data.escapechar,
            skipinitialspace=data.skipinitialspace,
            encoding=data.encoding,
            sheet=data.sheet,
            offsets=data.offsets,
        )


@dataclass(frozen=True)
class RecordFile:
    """A file of records on this machine."""

    path: Path
    display_name: str
    """Its name in messages: of a file that was downloaded its address."""
    columns: RequiredColumns
    written: Written = field(default_factory=Written)

    def with_header(self, names: list[str], *, where: str, hint: str = "") -> Self:
        """Return the file with the columns that are read called as it calls them: *names*, which stand at *where*.

        Raises what :meth:`RequiredColumns.refuse_missing`, which has the *hint*, and ``refuse_twice`` raise.
        """
        self.columns.refuse_missing(names, display_name=self.display_name, hint=hint)
        columns = self.columns.called_as_in(names, display_name=self.display_name)
        columns.refuse_twice(names, where=where)
        return replace(self, columns=columns)

    def line(self, number: int) -> str:
        """Return where a line stands, for a message."""
        return f"{self.display_name}:{number}"

    def row(self, number: int) -> str:
        """Return where a record stands, counted from 1, for a message."""
        return f"row {number} of {self.display_name}"
