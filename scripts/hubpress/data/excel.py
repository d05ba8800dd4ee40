"""Workbooks of Excel (.xlsx): the rows of a sheet, each value as Excel shows it where that is certain."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from hubpress.data.reading import RecordFile, Records
from hubpress.errors import DataError, first_line
from hubpress.text import suggestion

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

_LITERAL = r'(?:"[^"]*"|\\.)*'
_FIXED = re.compile(rf"(?P<before>{_LITERAL})(?P<whole>0+)(?:\.(?P<decimals>0+))?(?P<percent>%)?(?P<behind>{_LITERAL})")
_LONGEST = 60  # bytes of a merged range, which may lie across two chunks
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def read_xlsx(file: RecordFile) -> Records:
    """Yield the rows of the first sheet, or of the one that the recipe names; empty rows are left out.

    Formulas give what Excel has calculated. Raises DataError for what is no workbook, for an unknown sheet, a missing
    column, and cells that hold an error, a formula without a result, or belong to a merged range.
    """
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        hint = "Run: pip install 'hubpress[excel]'; or save it as CSV."
        raise DataError("needs openpyxl to be read.", where=file.display_name, hint=hint) from error
    with file.path.open("rb") as stream:
        try:
            workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except Exception as error:  # whatever its parsers make of a file that no Excel has written
            is_chart = isinstance(error, AttributeError) and _has_chart_sheets(file)
            what = f"cannot be read as an Excel workbook (.xlsx): {first_line(error).rstrip('.')}."
            what = "holds a sheet for a chart, which openpyxl cannot read." if is_chart else what
            hint = "Take that sheet out, or save the records as CSV." if is_chart else "Save it as .xlsx, or as CSV."
            raise DataError(what, where=file.display_name, hint=hint) from error
        try:
            yield from _rows(workbook, file)
        except (SyntaxError, zipfile.BadZipFile, zlib.error, KeyError, ValueError) as error:  # of XML, too
            what = f"holds a sheet that cannot be read: {first_line(error).rstrip('.')}."
            raise DataError(what, where=file.display_name, hint="Save it anew, or as CSV.") from error


def _has_chart_sheets(file: RecordFile) -> bool:
    with zipfile.ZipFile(file.path) as parts:
        return any(name.startswith("xl/chartsheets/") for name in parts.namelist())


def _rows(workbook: Workbook, file: RecordFile) -> Iterator[dict[str, Any]]:
    sheet = workbook[_sheet_name(workbook, file)]
    sheet.reset_dimensions()  # what other programs state there is often wrong
    rows = enumerate(sheet.iter_rows(), start=1)
    header_row, header = next(((number, cells) for number, cells in rows if _is_filled(cells)), (1, ()))
    names = ["" if cell.value is None else _unescaped(str(cell.value)).strip() for cell in header]
    file = file.with_header(names, where=file.line(header_row))
    read = {name: index for index, name in enumerate(names) if name in file.columns.fields}
    _refuse_merged(sheet, file, header_row, {index + 1: name for name, index in read.items()})
    formulas = _formulas(file, sheet.title, header_row)
    for number, cells in rows:
        written = next(formulas, ())
        if _is_filled(cells) or _is_filled(written):
            yield {name: _value(cells, written, index, file, number) for name, index in read.items()}


def _sheet_name(workbook: Workbook, file: RecordFile) -> str:
    known = [sheet.title for sheet in workbook.worksheets]
    if not known:
        raise DataError("holds no sheet with cells.", where=file.display_name, hint="Save the records as .xlsx or CSV.")
    wanted = file.written.sheet or known[0]
    if wanted not in known:
        what = f"there is no sheet {wanted!r} in {file.display_name}.{suggestion(wanted, known)}"
        raise DataError(what, where="data.sheet", hint=f"Sheets: {', '.join(known)}.")
    return wanted


def _is_filled(cells: Any) -> bool:
    return any(cell.value is not None for cell in cells)


def _formulas(file: RecordFile, title: str, header_row: int) -> Iterator[Any]:
    """Yield the rows below the header once more, with formulas instead of their results; nothing without any."""
    import openpyxl

    with zipfile.ZipFile(file.path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >/]", parts.read(name)) for name in sheets):
            return
    with file.path.open("rb") as stream:
        sheet = openpyxl.load_workbook(stream, read_only=True)[title]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(min_row=header_row + 1)


def _refuse_merged(sheet: Any, file: RecordFile, header_row: int, columns: dict[int, str]) -> None:
    """Raise DataError for a merged range in a column that is read: only its first cell has the value."""
    from openpyxl.utils import column_index_from_string

    for left, top, right, bottom in _merged(sheet):
        span = range(column_index_from_string(left.decode()), column_index_from_string(right.decode()) + 1)
        if int(bottom) > header_row and any(column in span for column in columns):
            cells = f"{left.decode()}{int(top)}:{right.decode()}{int(bottom)}"
            raise DataError(f"merges the cells {cells}.", where=file.display_name, hint="Unmerge and fill them.")


def _merged(sheet: Any) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Yield the merged ranges of a sheet, which a read-only workbook does not know."""
    before = b""
    with sheet._get_source() as source:
        while chunk := source.read(1 << 20):
            yield from _MERGED.findall(before + chunk)
            before = chunk[-_LONGEST:]


def _value(cells: Any, written: Any, index: int, file: RecordFile, row: int) -> Any:
    if index >= len(cells):
        return None
    cell = cells[index]
    if cell.data_type == "e":
        raise DataError(
            f"holds the error {cell.value} in cell {cell.coordinate}.", where=file.display_name, hint="Mend it."
        )
    if cell.value is None:
        formula = written[index].value if index < len(written) else None
        if formula is not None:
            what = f"holds the formula {formula!r} without a result in row {row} of the sheet."
            raise DataError(what, where=file.display_name, hint="Open it in Excel or LibreOffice and save it anew.")
        return None
    return _shown(cell.value, str(cell.number_format))


def _shown(value: Any, form: str) -> Any:
    """Return a value as its cell shows it, where that is certain; else the number itself, and dates in ISO form."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        is_day = value.time() == dt.time() and not re.search(r"[hs]", form)
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if not isinstance(value, int | float):
        return _unescaped(str(value))
    fixed = _FIXED.fullmatch(form)
    if fixed:
        exact = Decimal(_general(value)) * (100 if fixed["percent"] else 1)
        rounded = exact.quantize(Decimal(1).scaleb(-len(fixed["decimals"] or "")), ROUND_HALF_UP)
        least = len(fixed["whole"]) + (len(fixed["decimals"]) + 1 if fixed["decimals"] else 0)
        before, behind = (re.sub(r'"([^"]*)"|\\(.)', r"\1\2", fixed[name]) for name in ("before", "behind"))
        sign = "-" if rounded < 0 else ""
        return f"{sign}{before}{abs(rounded):0{least}f}{fixed['percent'] or ''}{behind}"
    return _general(value)


def _unescaped(text: str) -> str:
    """Return a text with the signs that Excel writes by their number, such as ``_x000D_`` for a line break."""
    from openpyxl.utils.escape import unescape

    return str(unescape(text)).replace("\r\n", "\n")


def _general(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"  # Excel itself has no more digits
