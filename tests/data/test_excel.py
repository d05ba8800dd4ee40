"""Workbooks: values as Excel shows them; what a cell does not say by itself is refused with its place."""

from __future__ import annotations

import datetime as dt
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from helpers.records import answers, previewed
from hubpress.errors import DataError


def _saved(path: Path, rows: list[list[Any]], formats: dict[str, str] | None = None, merged: str = "") -> None:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cell, form in (formats or {}).items():
        book.active[cell].number_format = form
    if merged:
        book.active.merge_cells(merged)
    book.save(path)


def test_values_are_as_excel_shows_them(tmp_path: Path) -> None:
    """Whole numbers, fixed digits, shares, dates and truth values, each as its cell shows it."""
    shown: list[tuple[Any, str, str]] = [
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (7, "000", "007"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (0.125, "0%", "13%"),
        (1234.5, "#,##0.00", "1234.5"),
        (dt.datetime(2026, 1, 31), "dd.mm.yyyy", "2026-01-31"),
        (dt.datetime(2026, 1, 31, 9, 30), "yyyy-mm-dd hh:mm", "2026-01-31 09:30:00"),
        (True, "General", "TRUE"),
        (4, '"Room "0', "Room 4"),
        (-2.5, r'0.00" °"\C', "-2.50 °C"),
        ("first_x000D_\nsecond, _x005F_x", "General", "first\nsecond, _x"),
        ("=SUM", "@", "=SUM"),
    ]
    rows = [["text", "topic"], *([value, "x"] for value, _, _ in shown)]
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for number, (value, form, _) in enumerate(shown, start=2):
        cell = book.active.cell(number, 1)
        cell.number_format = form
        if value == "=SUM":
            cell.data_type = "s"
    book.save(tmp_path / "records.xlsx")
    assert [record.text for record in previewed(tmp_path, source="records.xlsx")] == [text for *_, text in shown]


def test_rows_begin_below_the_header_of_the_sheet(tmp_path: Path) -> None:
    """Empty rows are left out, columns without a name are not read, and a sheet is found by its name."""
    rows: list[list[Any]] = [[], ["topic", None, " text "], ["x", 1, "a"], [None, None, None], ["y", 2, "b"]]
    _saved(tmp_path / "records.xlsx", rows)
    records = previewed(tmp_path, source="records.xlsx", sheet="Sheet")
    assert [(record.text, record.labels) for record in records] == [("a", ("x",)), ("b", ("y",))]
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.xlsx", sheet="Sheets")
    assert "data.sheet: there is no sheet 'Sheets'" in str(caught.value)
    assert "Did you mean 'Sheet'? Sheets: Sheet." in str(caught.value)


def test_a_formula_gives_its_result(tmp_path: Path) -> None:
    """What Excel has calculated is read; a formula that was never calculated is refused."""
    _saved(tmp_path / "records.xlsx", [["text", "topic"], ["a", "x"], ["b", "=A2"]])
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.xlsx")
    assert "holds the formula '=A2' without a result in row 3 of the sheet." in str(caught.value)
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(tmp_path / "records.xlsx") as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    calculated = re.sub(
        rb"<c r=\"B3\"><f>A2</f><v.*?</c>", rb'<c r="B3" t="str"><f>A2</f><v>a</v></c>', contents[sheet]
    )
    assert calculated != contents[sheet]
    with zipfile.ZipFile(tmp_path / "records.xlsx", "w") as parts:
        for name, content in {**contents, sheet: calculated}.items():
            parts.writestr(name, content)
    assert answers(previewed(tmp_path, source="records.xlsx")) == [("x",), ("a",)]


@pytest.mark.parametrize(
    ("rows", "merged", "says"),
    [
        ([["text", "topic"], ["a", "x"], ["b", None]], "B2:B3", "records.xlsx: merges the cells B2:B3."),
        ([["text", "topic"], ["a", "#N/A"]], "", "records.xlsx: holds the error #N/A in cell B2."),
        ([["text", "kind"], ["a", "x"]], "", "data.columns.label: there is no column 'topic' in"),
        ([["text", "topic", "topic"], ["a", "x", "y"]], "", "records.xlsx:1: names the column 'topic' twice."),
    ],
)
def test_what_a_cell_does_not_say_is_refused(rows: list[list[Any]], merged: str, says: str, tmp_path: Path) -> None:
    """Merged cells, errors and wrong headers end in a sentence."""
    _saved(tmp_path / "records.xlsx", rows, merged=merged)
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.xlsx")
    assert says in str(caught.value)


def test_what_is_no_workbook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file with the ending, older formats, and a machine without openpyxl: each with what to do."""
    (tmp_path / "records.xlsx").write_text("text,topic\na,x\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be read as an Excel workbook .* Save it as .xlsx, or as CSV"):
        previewed(tmp_path, source="records.xlsx")
    (tmp_path / "records.xls").write_text("text,topic\na,x\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Save it as .xlsx, or as CSV"):
        previewed(tmp_path, source="records.xls")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"needs openpyxl to be read. Run: pip install 'hubpress\[excel\]'"):
        previewed(tmp_path, source="records.xlsx")


@pytest.mark.parametrize(("damaged", "says"), [("", "holds a sheet for a chart"), ("<c", "cannot be read")])
def test_a_sheet_that_openpyxl_cannot_read_is_refused(damaged: str, says: str, tmp_path: Path) -> None:
    """A chart sheet without its chart, and a sheet that is cut off."""
    book = Workbook()
    book.active.append(["text", "topic"])
    book.active.append(["a", "x"])
    if not damaged:
        book.create_chartsheet("Figures", 0)
    book.save(tmp_path / "whole.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "records.xlsx", "w") as made,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            is_cut = damaged and name.endswith("sheet1.xml")
            made.writestr(name, content.partition(damaged.encode())[0] if is_cut else content)
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.xlsx")
    assert says in str(caught.value)
