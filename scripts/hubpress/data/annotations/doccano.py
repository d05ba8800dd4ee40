"""doccano's exports: entities as ``[start, end, label]`` or with ``start_offset`` and ``end_offset``, and labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubpress.data.annotations.asked import Asked, Meaning, an_object, exported, one_of, relations_of, words
from hubpress.data.left_out import Found
from hubpress.data.reading import RecordFile
from hubpress.errors import DataError
from hubpress.files import JsonObject

_WITHOUT = "not labelled in doccano"
_MARKS = ("entities", "label", "labels")


def read_doccano(file: RecordFile) -> Iterator[Found]:
    """Yield doccano's documents: ``text``, and as asked ``entities``, ``label`` or ``labels``, and their other fields.

    Relations are counted, not read; a document without a label is left out for a single-label model. Raises DataError
    for what is no export with the labels' names.
    """
    asked = Asked(file)
    for location, value in exported(file):
        document = an_object(value, location=location)
        if "annotations" in document:
            what = "has annotations by the ids of users and labels, whose names are not there."
            raise DataError(what, where=location, hint="Export it as JSONL with the labels' names.")
        yield from relations_of(document)
        yield asked.record(document, asked.by_key(_meanings(document, location)))
    asked.refuse_missing()


def _meanings(document: JsonObject, location: str) -> dict[str, Meaning]:
    marks: Any = next((document[key] for key in _MARKS if key in document), [])
    return {
        "text": lambda: document.get("text", document.get("data")),  # as versions before 1.6 call it
        "entities": lambda: marks,
        "labels": lambda: words(marks, location=location),
        "label": lambda: one_of(words(marks, location=location), _WITHOUT, location=location),
    }
