"""Files that are something else than they are read as: told by the bytes that they begin with."""

from __future__ import annotations

import re
import zipfile

from hubpress.data.reading import RecordFile
from hubpress.errors import DataError
from hubpress.files import fetched_by

_PARSED_WHOLE = {"PAR1": "parquet", "ARROW1": "arrow"}
_ARCHIVES = {b"PK\3\4": "a zip archive", b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a rar archive"}
_PACKED = {b"\x28\xb5\x2f\xfd": "zstandard", b"\x04\x22\x4d\x18": "LZ4"}
_BOOKS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SQLITE = b"SQLite format 3\0"
_PAGE = re.compile(rb"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_OF_TEXTS = ("brat", "conll", "conllu")  # whose first words may be any
_LONGEST = 300


def refuse_disguised(file: RecordFile, kind: str) -> None:
    """Raise DataError for a file that is not of the format as which it is read, with what it is and what to do."""
    try:
        with file.path.open("rb") as stream:
            start = stream.read(_LONGEST)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.", where=file.display_name) from error
    if found := _found(file, start, kind):
        what, hint = found
        raise DataError(f"is {what}, not {kind}.", where=file.display_name, hint=hint)


def _found(file: RecordFile, start: bytes, kind: str) -> tuple[str, str] | None:
    if fetch := fetched_by(start):
        return "a pointer to the file, which Git keeps elsewhere", f"Run: {fetch}"
    for magic, name in _PARSED_WHOLE.items():
        if start.startswith(magic.encode()) and kind != name:
            return f"a file of {name}", f"Set data.format to {name}, or call it .{name}."
    if start.startswith(b"PK\3\4") and _is_workbook(file):
        return None if kind == "xlsx" else ("an Excel workbook", "Set data.format to xlsx, or call it .xlsx.")
    if start.startswith(_BOOKS):
        return "an Excel workbook of before 2007, or one with a password", "Save it as .xlsx, or as CSV."
    if archive := next((name for magic, name in _ARCHIVES.items() if start.startswith(magic)), None):
        return None if kind == "xlsx" else (archive, "Unpack it, and name the file that is in it.")
    if packed := next((name for magic, name in _PACKED.items() if start.startswith(magic)), None):
        return f"packed by {packed}", "Unpack it, or pack it by gzip, bzip2 or xz."
    if start.startswith(_SQLITE):
        return "a data base of SQLite", "Export the records as CSV."
    is_page = kind not in _OF_TEXTS and _PAGE.match(start)
    return ("a web page", "Download the file itself.") if is_page else None


def _is_workbook(file: RecordFile) -> bool:
    try:
        with zipfile.ZipFile(file.path) as parts:
            return any(name.startswith("xl/") for name in parts.namelist())
    except zipfile.BadZipFile:
        return False
