"""Dates of a chronological split: read where they can be read in one way only, else refused with their rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpers.data import rows
from helpers.faults import patch
from hubpress.schemas.splits import SplitFacts

CHRONOLOGICAL = {"method": "chronological", "column": "day", "test_size": 2, "validation_size": 2}


def dated(days: list[Any]) -> list[dict[str, Any]]:
    """Return records with these days, of two kinds in turn."""
    return [
        {"day": day, "text": f"pet number {number} sleeps", "kind": ("dog", "cat")[number % 2]}
        for number, day in enumerate(days)
    ]


def as_csv(days: list[str]) -> str:
    return "\n".join(["day,text,kind", *(f'"{row["day"]}",{row["text"]},{row["kind"]}' for row in dated(days))]) + "\n"


# Eight dates, of which the last two in time stand at places 2 and 5, and the two before them at 0 and 7.
READ = {
    "day first": [
        *("05/09/2024", "01/02/2024", "02/12/2024", "03/04/2024"),
        *("13/01/2024", "11/10/2024", "07/08/2024", "09/08/2024"),
    ],
    "month first": [
        *("9/5/2024", "2/1/2024", "12/2/2024", "4/3/2024", "1/13/2024", "10/11/2024", "8/7/2024", "8/9/2024"),
    ],
    "with points and hours": [
        *("05.09.2024 10:00", "01.02.2024 9:30", "02.12.2024 0:00", "03.04.2024 23:59"),
        *("13.01.2024 10:00", "11.10.2024 10:00", "07.08.2024 10:00", "09.08.2024 10:00"),
    ],
    "afternoons": [
        *("9/5/2024 1:00 PM", "2/1/2024 1:00 PM", "12/2/2024 1:00 AM", "4/3/2024 1:00 PM"),
        *("1/13/2024 1:00 PM", "10/11/2024 1:00 PM", "9/5/2024 11:00 AM", "9/5/2024 12:30 PM"),
    ],
    "years": ["2010", "2001", "2020", "2002", "2003", "2019", "2004", "2009"],
    "months": ["2010-10", "2001-01", "2010-12", "2010-01", "2010-02", "2010-11", "2009-12", "2010-09"],
    "without hyphens": [
        *("20100901", "20010101", "20101201", "20090131", "20100201", "20101101", "20100301", "20100801"),
    ],
    "time zones": [
        *("2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00+09:00", "2024-05-01T10:00:00-09:00"),
        *("2024-05-01 04:00:00.123456789Z", "2024-05-01T05:00:00Z", "2024-05-01 12:00:00 UTC"),
        *("2024-05-01T14:00:00+0900", "2024-05-01T17:30:00+0900"),
    ],
}


@pytest.mark.parametrize("name", READ)
def test_dates_of_one_reading_are_read(
    name: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """The newest two records are for test, whatever the dates look like, and what was read is said."""
    facts = prepare({}, source=write("dated.csv", as_csv(READ[name])), split=CHRONOLOGICAL)
    assert {row["row"] - 1 for row in rows(tmp_path, "test")} == {2, 5}
    assert {row["row"] - 1 for row in rows(tmp_path, "validation")} == {0, 7}
    assert facts.dates is not None
    if name == "day first":
        assert facts.dates["train"] == ("2024-01-13", "2024-08-07")
        assert facts.dates["test"] == ("2024-10-11", "2024-12-02")
        assert facts.notes == ("dates read as %d/%m/%Y",)
    if name == "time zones":
        assert facts.dates["test"] == ("2024-05-01T12:00:00Z", "2024-05-01T19:00:00Z")


STATED = {
    "%d/%m/%y": ["05/09/24", "01/02/24", "02/12/24", "03/04/24", "04/05/24", "11/10/24", "07/08/24", "09/08/24"],
    "%d %b %Y": [
        *("5 Sep 2024", "1 Feb 2024", "2 Dec 2024", "3 Apr 2024", "4 May 2024", "11 Oct 2024", "7 Aug 2024"),
        "9 Aug 2024",
    ],
    "s": [
        "1725530400",
        "1706780400",
        "1733133600",
        "1712138400",
        "1714816800",
        "1728640800",
        "1723017600",
        "1723190400.5",
    ],
    "ms": ["900", "100", "2000", "-300", "0", "1000", "-4", "800"],
}


@pytest.mark.parametrize("form", STATED)
def test_a_stated_format_is_followed(
    form: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """``data.split.date_format`` reads what is not certain by itself."""
    split = {**CHRONOLOGICAL, "date_format": form}
    facts = prepare({}, source=write("dated.csv", as_csv(STATED[form])), split=split)
    assert {row["row"] - 1 for row in rows(tmp_path, "test")} == {2, 5}
    assert {row["row"] - 1 for row in rows(tmp_path, "validation")} == {0, 7}
    assert (facts.split.date_format, facts.notes) == (form, (f"dates read as {form}",))


def test_dates_of_a_parquet_file_are_dates(prepare: Callable[..., SplitFacts], tmp_path: Path) -> None:
    """Moments with a time zone, days and whole years are read as the file has them."""
    import pyarrow as pa
    from pyarrow import parquet

    moments = [datetime(2024, month, 3, 4, 5, tzinfo=UTC) for month in (9, 1, 12, 2, 3, 11, 4, 8)]
    columns = {
        "moments": pa.array(moments, pa.timestamp("us", tz="Europe/Berlin")),
        "days": pa.array([moment.date() for moment in moments]),
        "years": pa.array([2000 + moment.month for moment in moments]),
    }
    folder = tmp_path / "models" / "pets"
    folder.mkdir(parents=True, exist_ok=True)
    for name, column in columns.items():
        records = pa.Table.from_pylist(dated([None] * 8)).set_column(0, "day", column)
        parquet.write_table(records, folder / f"{name}.parquet")
        facts = prepare({}, source=f"{name}.parquet", split=CHRONOLOGICAL)
        assert {row["row"] - 1 for row in rows(tmp_path, "test")} == {2, 5}
        expected = {"moments": "2024-12-03T04:05:00Z", "days": "2024-12-03", "years": "2012"}[name]
        assert facts.dates is not None
        assert facts.dates["test"][1] == expected


PLAIN = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"]
REFUSED: dict[str, tuple[list[str], str | None, list[str]]] = {
    "ambiguous": (
        ["01/01/2024", "03/04/2024", "05/06/2024", "07/08/2024"],
        None,
        [
            "data.split.column 'day': the dates are ambiguous: '03/04/2024' in row 2 of {file}",
            "is 2024-04-03 (day first) or 2024-03-04 (month first).",
            "Set data.split.date_format to '%d/%m/%Y' or '%m/%d/%Y'.",
        ],
    ),
    "day first and month first": (
        ["03/04/2024", "13/04/2024", "04/13/2024"],
        None,
        ["'13/04/2024' in row 2 of {file} has the day first, '04/13/2024' in row 3 of {file} the month."],
    ),
    "two ways": (
        [*PLAIN, "03/04/2024"],
        None,
        ["written in several ways: '2024-01-01' in row 1 of {file}, '03/04/2024' in row 7 of {file}."],
    ),
    "years and dates": ([*PLAIN, "2024"], None, ["are written in several ways", "'2024' in row 7 of {file}"]),
    "some with a time zone": (
        ["2024-01-01T10:00", "2024-01-02T10:00Z"],
        None,
        ["have a time zone in some records and none in others: '2024-01-01T10:00' in row 1 of {file}"],
    ),
    "years of two digits": (
        ["03.04.24", "14.04.24"],
        None,
        ["2 dates have a year of two digits", "data.split.date_format: %d.%m.%y, %m.%d.%y, %y.%m.%d."],
    ),
    "numbers that may be months": (["202404", "201912"], None, ["set data.split.date_format to %Y%m. Say what they"]),
    "numbers": (["1725530400", "1706780400"], None, ["are numbers that may count anything", "s, ms, us, ns"]),
    "no date": (["2024-01-01", "", "2024-01-02", ""], None, ["there is no date in rows 2, 4 of {file}."]),
    "no such day": ([*PLAIN, "2024-02-30"], None, ["1 date does not exist in the calendar, for example '2024-02-30'"]),
    "no such day in parts": (
        ["31/02/2024", "01/03/2024"],
        None,
        ["does not exist in the calendar, for example '31/02/2024'"],
    ),
    "beyond the years": ([*PLAIN, "10000-01-01"], None, ["1 date cannot be read, for example '10000-01-01'"]),
    "beyond the years by its zone": (
        ["9999-12-31T23:00-05:00", "2024-01-01T10:00Z"],
        None,
        ["does not exist in the calendar"],
    ),
    "counted in another unit": (
        ["1725530400000", "0"],
        "s",
        ["lies outside the years 1 to 9999, counted in 's' since 1970"],
    ),
    "no count": ([*PLAIN, "1725530400"], "ms", ["6 dates are no count of 'ms' since 1970"]),
    "not as stated": (
        ["13/04/2024", "2024-04-13", "1.1.24"],
        "%d/%m/%Y",
        [
            "2 dates are not written as '%d/%m/%Y', for example '2024-04-13' in row 2 of {file};",
            "they stand in rows 2, 3",
        ],
    ),
    "names of months": (["3 Apr 2024", "4 Apr 2024"], None, ["cannot be read", "such as '%d %b %Y'"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_dates_without_one_reading_are_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """Nothing is guessed: one message names an example, its row, and what to do."""
    days, form, says = REFUSED[name]
    (pets / "dated.csv").write_text(as_csv(days), encoding="utf-8")
    split = {**CHRONOLOGICAL, **({"date_format": form} if form else {})}
    patch(pets, {"data": {"source": "dated.csv", "split": split}})
    refused(1, says, file=str(pets / "dated.csv"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"date_format": "%d/%m"}, "names no year"),
        ({"date_format": "%d %Y"}, "has the day without the month"),
        ({"date_format": "%Y-%m-%d %I:%M"}, "has the hours by %I without %p"),
        ({"date_format": "%Y-%m-%d %Z"}, "%z reads +0100"),
        ({"date_format": "%Q"}, "is no format of datetime.strptime"),
        ({"date_format": "%d/%m/%Y", "method": "random"}, "date_format is for a chronological split"),
        ({"group": "day"}, "cannot be both the group and the split's own column"),
    ],
)
def test_a_format_that_reads_no_day_is_refused(
    changes: dict[str, str], says: str, pets: Path, refused: Callable[..., None]
) -> None:
    """What strptime would read as another day or hour is wrong usage of the recipe."""
    patch(pets, {"data": {"split": {**CHRONOLOGICAL, **changes}}})
    refused(2, [says])


def test_one_date_on_both_sides_of_a_border_is_said(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Records of one date are divided in the order in which they stand, and the date is named."""
    days = ["2024-05-01", "2024-05-01", "2024-03-01", "2024-05-01", "2024-05-01", "2024-02-01"]
    split = {**CHRONOLOGICAL, "test_size": 2, "validation_size": 1}
    facts = prepare({}, source=write("records.jsonl", dated(days)), split=split)
    assert [row["row"] - 1 for row in rows(tmp_path, "test")] == [3, 4]
    assert facts.notes == (
        "2024-05-01 is in train and validation, by the order of the records",
        "2024-05-01 is in validation and test, by the order of the records",
    )


def test_the_dates_are_said_at_the_end(pets: Path, hubpress: Callable[..., Any], tmp_path: Path) -> None:
    """The stage's line has the oldest and the newest date, those of the test split, and how they were read."""
    (pets / "dated.csv").write_text(as_csv(READ["day first"]), encoding="utf-8")
    patch(pets, {"data": {"source": "dated.csv", "split": CHRONOLOGICAL}})
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--json")
    stage = json.loads(ran.out)["pets"]["stages"][0]
    assert "dates 2024-01-13 to 2024-12-02, test 2024-10-11 to 2024-12-02; dates read as %d/%m/%Y" in stage["result"]


@pytest.mark.parametrize("seconds", [400_000_000_000, -70_000_000_000])
def test_moments_of_parquet_beyond_the_years_are_refused(
    seconds: int, pets: Path, refused: Callable[..., None]
) -> None:
    """Arrow counts further than a calendar goes."""
    import pyarrow as pa
    from pyarrow import parquet

    days = pa.array([0, seconds, 1], pa.timestamp("s"))
    parquet.write_table(pa.Table.from_pylist(dated([None] * 3)).set_column(0, "day", days), pets / "far.parquet")
    patch(pets, {"data": {"source": "far.parquet", "split": CHRONOLOGICAL}})
    refused(1, ["{file}: holds a date outside the years 1 to 9999."], file=str(pets / "far.parquet"))
