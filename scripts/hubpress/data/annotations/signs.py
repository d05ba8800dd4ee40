"""Exports of annotation tools that are given as plain JSON: told by their keys, and refused rather than misread."""

from __future__ import annotations

import contextlib
import json
from itertools import islice

from hubpress.data.reading import RecordFile
from hubpress.data.text_files import guarded, lines
from hubpress.errors import DataError
from hubpress.files import JsonObject

# A record of pretty-printed JSON is tried to be read after each line, up to so many.
_LINES_OF_A_RECORD = 200

_SIGNS = (
    ({"data", "annotations"}, "Label Studio", "label-studio", "whose answers stand inside of annotations"),
    ({"data", "completions"}, "Label Studio", "label-studio", "whose answers stand inside of annotations"),
    ({"_task_hash", "answer"}, "Prodigy", "prodigy", "in which some records may be rejected ones"),
)


def refuse_export(file: RecordFile, kind: str) -> None:
    """Raise DataError when a file of no stated format, read as *kind* by its ending, is a tool's export."""
    if found := _sign(file, kind):
        _, tool, name, why = found
        hint = f"Set data.format to {name}, or to {kind} to read all records as they stand."
        raise DataError(f"is an export of {tool}, {why}.", where=file.display_name, hint=hint)


def format_of_export(file: RecordFile, kind: str) -> str | None:
    """Return the format of the tool's export that a file, *kind* by its ending, shows by its keys; else None."""
    found = _sign(file, kind)
    return found[2] if found else None


def _sign(file: RecordFile, kind: str) -> tuple[set[str], str, str, str] | None:
    first = _first_object(file) if kind in ("json", "jsonl") else {}
    return next((sign for sign in _SIGNS if sign[0] <= first.keys()), None)


def _first_object(file: RecordFile) -> JsonObject:
    """Return the first record of a file of JSON; an empty one where it is not near the beginning, or no object."""
    start = ""
    for line in islice(guarded(lines(file), file.display_name), _LINES_OF_A_RECORD):
        start += line
        with contextlib.suppress(ValueError, RecursionError):
            value, _ = json.JSONDecoder().raw_decode(start.lstrip().removeprefix("[").lstrip())
            return value if isinstance(value, dict) else {}
    return {}
