"""Exports of annotation tools that are given as plain JSON: told by their keys, and refused rather than misread."""

from __future__ import annotations

from hubpress.errors import DataError
from hubpress.files import JsonObject

_SIGNS = (
    ({"data", "annotations"}, "Label Studio", "label-studio", "whose answers stand inside of annotations"),
    ({"data", "completions"}, "Label Studio", "label-studio", "whose answers stand inside of annotations"),
    ({"_task_hash", "answer"}, "Prodigy", "prodigy", "in which some records may be rejected ones"),
)


def refuse_export(first: JsonObject, kind: str, *, display_name: str) -> None:
    """Raise DataError when the *first* record of a file of no stated format is a tool's; *kind* is plain JSON's."""
    for keys, tool, name, why in _SIGNS:
        if keys <= first.keys():
            what = f"is an export of {tool}, {why}."
            hint = f"Set data.format to {name}, or to {kind} to read all records as they stand."
            raise DataError(what, where=display_name, hint=hint)
