"""Quoted texts of several lines of which each could be a record: a quote opened them that was never meant to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from hubpress.data.reading import RecordFile
from hubpress.data.text_files import lines
from hubpress.errors import DataError

_BY_CHANCE = {",": 6}
"""How many separators the lines of a quoted text may have, each as many as a record, before they look like records."""
_RARELY = 3
"""The same of separators that texts seldom hold."""
_FEW = 20
"""Among so few other records an answer may well stand in no other one."""
_MOST_READ = 100_000  # lines that are read to learn the answers


@dataclass
class Swallowed:
    """Tells a text of several lines from several records, for one file."""

    file: RecordFile
    separator: str
    places: Mapping[str, int]
    """The columns that are read, by their place in a record."""
    width: int
    _answers: list[set[str]] | None = field(default=None, init=False)
    """What the records of one line each have in the columns with answers, in the order of those."""
    _count: int = field(default=0, init=False)

    def refuse(self, of_record: Sequence[str], first: int) -> None:
        """Raise DataError where the lines of one record, of which the first has the number *first*, are records."""
        counts = {line.count(self.separator) for line in of_record}
        if counts != {self.width - 1} or self.width == 1:
            return
        many = _BY_CHANCE.get(self.separator, _RARELY)
        if (self.width - 1) * len(of_record) >= many or self._are_records(of_record):
            what = f"opens a quoted text of {len(of_record)} lines, each of which looks like a record itself."
            hint = "Set data.quoting to minimal if it is one text, or to none if its quotes are marks like others."
            raise DataError(what, where=self.file.line(first), hint=hint)

    def _are_records(self, of_record: Sequence[str]) -> bool:
        """Return whether every line ends no cell as texts do, and gives an answer that other records give."""
        records = [self._cells(line) for line in of_record]
        # "Dear all," and "one, two" are marks of a text: a separator stands between two cells without a space.
        if any(not cell or cell[0].isspace() for cells in records for cell in cells[1:]):
            return False
        if self._answers is None:
            self._answers = self._known_answers()
        if self._count < _FEW or not self._answers:
            return True
        return all(
            cells[place].strip() in known
            for cells in records
            for place, known in zip(self._places_of_answers(), self._answers, strict=True)
        )

    def _cells(self, line: str) -> list[str]:
        quote = self.file.written.quote
        return [cell.strip(quote) for cell in line.rstrip("\r\n").split(self.separator)]

    def _places_of_answers(self) -> list[int]:
        fields = self.file.columns.fields
        return [place for name, place in self.places.items() if fields.get(name, "").startswith("data.columns.")]

    def _known_answers(self) -> list[set[str]]:
        places = self._places_of_answers()
        known: list[set[str]] = [set() for _ in places]
        for cells in self._plain_records():
            self._count += 1
            for place, values in zip(places, known, strict=True):
                values.add(cells[place].strip())
        return known

    def _plain_records(self) -> Iterator[list[str]]:
        """Yield the cells of lines without a quote that are as wide as a record, without the header."""
        for line in islice(lines(self.file), 1, _MOST_READ):
            if self.file.written.quote not in line and line.count(self.separator) == self.width - 1:
                yield self._cells(line)
