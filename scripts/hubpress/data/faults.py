"""Faults that several records may have: the first in full, and in how many others it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice

from hubpress.errors import DataError

_MOST_NAMED = 5


class RecordFault(DataError):
    """A fault of one record; others with the same *kind* can be told with it in one sentence."""

    def __init__(self, what: str, *, where: str, kind: str, hint: str | None = None) -> None:
        super().__init__(what, where=where, hint=hint)
        self.kind = kind


class Faults:
    """The faults of a file's records, as many as are of the first one's kind."""

    def __init__(self) -> None:
        self._first: RecordFault | None = None
        self._rows: list[int] = []

    def add(self, fault: RecordFault, row: int) -> None:
        """Keep the fault of a row where it is the first, or of the same kind."""
        self._first = self._first or fault
        if fault.kind == self._first.kind:
            self._rows.append(row)

    def refuse(self, file: str) -> None:
        """Raise DataError where there was a fault: the first, with the rows of *file* that have it."""
        if self._first is None:
            return
        if len(self._rows) == 1:
            raise self._first
        rows = rows_in_words(((file, file, row) for row in self._rows), len(self._rows))
        what = f"{self._first.what} So it is in {len(self._rows)} records: {rows}."
        raise DataError(what, where=self._first.where, hint=self._first.hint) from self._first


def rows_in_words(rows: Iterable[tuple[Hashable, str, int]], count: int) -> str:
    """Return the first of *count* rows for a message: "rows 3, 7 of titles.csv and 9 more".

    A row comes with what tells its source from others, since a file may be read twice, and with its file.
    """
    by_source: dict[tuple[Hashable, str], list[str]] = {}
    for source, file, row in islice(rows, _MOST_NAMED):
        by_source.setdefault((source, file), []).append(str(row))
    named = " and ".join(
        f"row{'s' * (len(listed) > 1)} {', '.join(listed)} of {file}" for (_, file), listed in by_source.items()
    )
    return f"{named} and {count - _MOST_NAMED} more" if count > _MOST_NAMED else named
