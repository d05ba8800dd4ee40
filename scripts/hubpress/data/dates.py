"""A column of dates -> moments: what can be read in one way only, or as ``data.split.date_format`` says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from hubpress.errors import DataError
from hubpress.recipe.data import COUNTS
from hubpress.text import counted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_FIRST, _LAST = ((end.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND for end in (datetime.min, datetime.max))
_STATE = "data.split.date_format"
_NOWHERE = "do not exist in the calendar"
_OF_ONE = {"are": "is", "do": "does", "have": "has", "lie": "lies"}

_TIME = r"[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ZONE = r" ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?)"
# How dates are written that are certain without a format, by what it is called in messages: ISO 8601.
_ISO = {
    "a year": r"\d{4}(?:\.0)?",
    "a month": r"\d{4}-\d\d",
    "a date": r"\d{4}-\d\d-\d\d",
    "a date without hyphens": r"\d{8}",
    "a date with its time": rf"\d{{4}}-\d\d-\d\d{_TIME}|\d{{8}}T\d{{4}}(?:\d\d)?",
    "a date with its time and zone": rf"(?:\d{{4}}-\d\d-\d\d{_TIME}|\d{{8}}T\d{{4}}(?:\d\d)?){_ZONE}",
}
_UNZONED, _ZONED = tuple(_ISO)[-2:]
_SHOWN = {"a year": 4, "a month": 7}
_FORMS = tuple((name, re.compile(pattern, re.ASCII | re.IGNORECASE)) for name, pattern in _ISO.items())
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_MONTH = re.compile(r"(?:1[6-9]|20)\d\d(?:0[1-9]|1[0-2])", re.ASCII)
_PARTS = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[./-])\d{1,2}(?P=mark)(?P<last>\d{1,4})"
    r"(?P<time> \d{1,2}:\d\d(?P<seconds>:\d\d)?(?P<half> ?[AP]M)?)?",
    re.ASCII | re.IGNORECASE,
)
_OTHERS = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d. %m. %Y", "%a, %d %b %Y %H:%M:%S %z")


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: its name, its distinct values, and where they stand."""

    name: str
    values: Sequence[str]
    rows: Callable[[Sequence[int]], np.ndarray]
    """Returns the records that have the values of some numbers."""
    locations: Callable[[np.ndarray], str]
    """Returns where records stand, in words."""

    def example(self, number: int) -> str:
        """Return a value with the first record that has it, in words."""
        return f"{self.values[number]!r} in {self.locations(self.rows([number])[:1])}"

    def refused(self, numbers: Sequence[int], what: str, hint: str) -> DataError:
        """Return the refusal of the values of some numbers: how many records have them, an example, all their rows.

        *what* says it of several, its verb first.
        """
        rows = self.rows(numbers)
        verb, _, rest = what.partition(" ")
        what = f"{_OF_ONE.get(verb, verb) if len(rows) == 1 else verb} {rest}"
        every = f"; they stand in {self.locations(rows)}" if len(rows) > 1 else ""
        return self.error(f"{counted(len(rows), 'date')} {what}, for example {self.example(numbers[0])}{every}.", hint)

    def error(self, what: str, hint: str) -> DataError:
        """Return an error with the column's name."""
        return DataError(what, where=f"data.split.column {self.name!r}", hint=hint)


@dataclass(frozen=True)
class Dates:
    """The dates of a column, by the number of each distinct value."""

    moments: np.ndarray
    """Microseconds since 1970, in UTC where the dates have a time zone."""
    form: str
    """What they are written as."""
    pattern: str | None = None
    """What reads them where they are not ISO 8601: a strptime format, or the unit of a count."""

    def text(self, moment: int) -> str:
        """Return a moment as people write it: a date, with its time only where some date has one."""
        written = (_EPOCH + int(moment) * _MICROSECOND).replace(tzinfo=None).isoformat(timespec="seconds")
        if self.form in _SHOWN:
            return written[: _SHOWN[self.form]]
        if not (self.moments % _DAY).any():
            return written[:10]
        return f"{written}Z" if self.form == _ZONED else written


def read_dates(column: DateColumn, stated: str | None) -> Dates:
    """Return the moments of a column's distinct values, read as *stated*, or as they show by themselves.

    Raises DataError, with an example and its row, for dates that are missing, that no one way of reading fits, or
    that several fit.
    """
    if empty := [number for number, value in enumerate(column.values) if not value]:
        where = column.locations(column.rows(empty))
        raise column.error(f"there is no date in {where}.", "Date the records or take them out.")
    if stated in COUNTS:
        return Dates(_counted(column, stated), _ZONED, stated)
    if stated:
        moments, wrong = _parsed(column.values, _strptime(stated))
        if wrong:
            raise column.refused(wrong, f"are not written as {stated!r}", f"Mend them, or {_STATE}.")
        return Dates(moments, _ZONED if "%z" in stated else "stated", stated)
    form = _one_form(column)
    if form not in _ISO:
        return _day_and_month(column, form)
    moments, wrong = _parsed(column.values, _iso)
    if wrong:
        raise column.refused(wrong, _NOWHERE, "Mend them.")
    return Dates(moments, form)


def _one_form(column: DateColumn) -> str:
    """Return the one way in which all values are written, as :func:`_form` calls it."""
    by_form: dict[str, list[int]] = {}
    for number, value in enumerate(column.values):
        by_form.setdefault(_form(value), []).append(number)
    if unread := by_form.get(""):
        fits = [pattern for pattern in _OTHERS if not _parsed([column.values[unread[0]]], _strptime(pattern))[1]]
        example = f", such as {fits[0]!r}" if fits else ""
        raise column.refused(unread, "cannot be read", f"Write dates as 2026-01-31, or say how in {_STATE}{example}.")
    if numbers := by_form.get("a number"):
        hint = f"Say what they count since 1970 in {_STATE}: {', '.join(COUNTS)}."
        if all(_MONTH.fullmatch(column.values[number]) for number in numbers):
            hint = f"Where they are years with their months, set {_STATE} to %Y%m. {hint}"
        raise column.refused(numbers, "are numbers that may count anything", hint)
    if short := next((found for form, found in by_form.items() if form.startswith("%y")), None):
        mark = next(mark for mark in "./-" if mark in column.values[short[0]])
        orders = (mark.join(f"%{part}" for part in order) for order in ("dmy", "mdy", "ymd"))
        hint = f"Say how they are written in {_STATE}: {', '.join(orders)}."
        raise column.refused(short, "have a year of two digits", hint)
    if len(by_form) > 1:
        (one, first), (other, second) = list(by_form.items())[:2]
        zoned = {one, other} == {_ZONED, _UNZONED}
        what = "have a time zone in some records and none in others" if zoned else "are written in several ways"
        raise column.error(
            f"the dates {what}: {column.example(first[0])}, {column.example(second[0])}.",
            f"Write them all alike{'' if zoned else f', or say how in {_STATE}'}.",
        )
    return next(iter(by_form))


def _form(value: str) -> str:
    """Return how a value is written: the name of a form of ISO 8601, ``a number``, or a pattern for dates in parts.

    That has the year (%Y of four digits, %y of two), the mark between the parts, on its side, and the time, such as
    ``/%Y %H:%M``. Empty for anything else.
    """
    for name, pattern in _FORMS:
        if pattern.fullmatch(value):
            return name
    if _NUMBER.fullmatch(value):
        return "a number"
    parts = _PARTS.fullmatch(value)
    if not parts:
        return ""
    first, last, mark, time = len(parts["first"]), len(parts["last"]), parts["mark"], ""
    if parts["time"]:
        half = f"{' ' * (' ' in parts['half'])}%p" if parts["half"] else ""
        time = f" {'%I' if half else '%H'}:%M{':%S' if parts['seconds'] else ''}{half}"
    if max(first, last) <= 2:
        return f"%y{mark}{time}"
    if (first, last) not in ((4, 1), (4, 2), (1, 4), (2, 4)):
        return ""
    return f"%Y{mark}{time}" if first == 4 else f"{mark}%Y{time}"


def _day_and_month(column: DateColumn, form: str) -> Dates:
    """Read dates in parts: by the one order of day and month that the whole column allows."""
    year, time = form[:3], form[3:]
    mark = year.replace("%Y", "")
    day_first, month_first = (
        (f"{year}{two}" if year.startswith("%") else f"{two}{year}") + time for two in (f"%d{mark}%m", f"%m{mark}%d")
    )
    by_day, not_by_day = _parsed(column.values, _strptime(day_first))
    by_month, not_by_month = _parsed(column.values, _strptime(month_first))
    if not not_by_day and not not_by_month and (differing := np.flatnonzero(by_day != by_month)).size:
        number = int(differing[0])
        one, other = (Dates(read[[number]], "").text(read[number]) for read in (by_day, by_month))
        raise column.error(
            f"the dates are ambiguous: {column.example(number)} is {one} (day first) or {other} (month first).",
            f"Set {_STATE} to {day_first!r} or {month_first!r}.",
        )
    if not not_by_day:
        return Dates(by_day, "stated", day_first)
    if not not_by_month:
        return Dates(by_month, "stated", month_first)
    if neither := sorted({*not_by_day} & {*not_by_month}):
        raise column.refused(neither, _NOWHERE, "Mend them.")
    raise column.error(
        f"the dates are written in several ways: {column.example(not_by_month[0])} has the day first, "
        f"{column.example(not_by_day[0])} the month.",
        "Write them all alike.",
    )


def _strptime(pattern: str) -> Callable[[str], datetime]:
    return lambda value: datetime.strptime(value, pattern)


def _parsed(values: Sequence[str], read: Callable[[str], datetime]) -> tuple[np.ndarray, list[int]]:
    """Return each value's moment, and the numbers of those that *read* refuses."""
    moments, wrong = np.zeros(len(values), dtype=np.int64), []
    for number, value in enumerate(values):
        try:
            date = read(value)
        except ValueError:
            wrong.append(number)
            continue
        moments[number] = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    outside = np.flatnonzero((moments < _FIRST) | (moments > _LAST))  # where the time zone leads there
    return moments, sorted({*wrong, *outside.tolist()})


def _iso(value: str) -> datetime:
    """Return the moment of a value in one of the forms of ISO 8601. Raises ValueError where there is no such day."""
    if len(value) <= len("2026-01"):
        year, _, month = value.removesuffix(".0").partition("-")
        return datetime(int(year), int(month or 1), 1)
    return datetime.fromisoformat(re.sub(" ?UTC$", "Z", re.sub(r" (?=[+\-Z])", "", value.upper())))


def _counted(column: DateColumn, unit: str) -> np.ndarray:
    """Return moments of counts since 1970."""
    unread = [number for number, value in enumerate(column.values) if not _NUMBER.fullmatch(value)]
    if unread:
        raise column.refused(unread, f"are no count of {unit!r} since 1970", f"Mend them, or {_STATE}.")
    counts = [int(Decimal(value) * COUNTS[unit]) for value in column.values]
    if outside := [number for number, count in enumerate(counts) if not _FIRST <= count <= _LAST]:
        what = f"lie outside the years 1 to 9999, counted in {unit!r} since 1970"
        raise column.refused(outside, what, f"Mend them, or {_STATE}: {', '.join(COUNTS)}.")
    return np.array(counts, dtype=np.int64)
