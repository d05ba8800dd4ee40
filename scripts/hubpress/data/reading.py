"""What a reader of a format is given: a file, the columns wanted of it, and how the recipe says it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hubpress.data.entity_values import Unit
from hubpress.errors import DataError
from hubpress.input_template import Record
from hubpress.recipe.data import Data
from hubpress.text import suggestion

Records = Iterator[Record]


@dataclass(frozen=True)
class RequiredColumns:
    """The columns that a recipe reads; ``fields`` says for each which of the recipe's fields names it."""

    fields: dict[str, str]

    def refuse_missing(self, known: Iterable[str], *, display_name: str, hint: str = "") -> None:
        """Raise DataError when *known*, the columns of the file *display_name*, lack one that the recipe reads.

        A *hint* says what may be wrong with the file itself; without one its columns are listed.
        """
        names = list(known)
        for column, where in self.fields.items():
            if column not in names:
                named = ", ".join(name for name in names if name)
                raise DataError(
                    f"there is no column {column!r} in {display_name}.{suggestion(column, names)}",
                    where=where,
                    hint=hint or f"Columns: {named}.",
                )

    def refuse_twice(self, names: list[str], *, where: str) -> None:
        """Raise DataError, with *where* they stand, when two columns are called as one that the recipe reads."""
        twice = next((name for name in self.fields if names.count(name) > 1), None)
        if twice is not None:
            what = f"names the column {twice!r} twice."
            raise DataError(what, where=where, hint="Give each column its own name.")


@dataclass(frozen=True)
class Written:
    """How files are written, as far as the recipe says; the names are those of its keys."""

    separator: str | None = None
    quoting: str | None = None
    quotechar: str | None = None
    escapechar: str | None = None
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

    def line(self, number: int) -> str:
        """Return where a line stands, for a message."""
        return f"{self.display_name}:{number}"

    def row(self, number: int) -> str:
        """Return where a record stands, counted from 1, for a message."""
        return f"row {number} of {self.display_name}"
