"""Prodigy's exports (``prodigy db-out``): spans, choices and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubpress.data.annotations.asked import Asked, Meaning, an_object, exported, one_of, relations_of, words
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile
from hubpress.errors import DataError
from hubpress.files import JsonObject

_ANSWERS = ("accept", "reject", "ignore")
_WITHOUT = "accepted in Prodigy without a choice"


def read_prodigy(file: RecordFile) -> Iterator[Found]:
    """Yield the accepted tasks: ``text``, and as asked ``entities`` (the spans), ``label`` or ``labels``, and others.

    Rejected and ignored ones are left out (where ``answer`` itself is the label, the ignored ones alone). Raises
    DataError for a task without an answer, and for answers of yes or no to a part of what is asked for.
    """
    asked = Asked(file)
    kept = ("accept", "reject") if "answer" in file.columns.fields else ("accept",)
    for location, value in exported(file):
        task = an_object(value, location=location)
        answer = task.get("answer")
        if answer not in _ANSWERS:
            hint = "Export it by prodigy db-out, or set data.format to jsonl for records that are no answers."
            raise DataError(f"has the answer {answer!r}, not {', '.join(_ANSWERS)}.", where=location, hint=hint)
        if answer not in kept:
            asked.seen.update(dict.fromkeys(task))
            yield LeftOut(f"{answer}{'d' if answer.endswith('e') else 'ed'} in Prodigy")
            continue
        yield from relations_of(task)
        yield asked.record(task, asked.by_key(_meanings(task, location)))
    asked.refuse_missing()


def _meanings(task: JsonObject, location: str) -> dict[str, Meaning]:
    return {
        "entities": lambda: _spans(task, location),
        "labels": lambda: _labels(task, location),
        "label": lambda: _label(task, location),
    }


def _spans(task: JsonObject, location: str) -> Any:
    if task.get("_view_id") == "ner":
        what = "says yes or no to one span, and nothing of the others in its text."
        raise DataError(what, where=location, hint="Mark whole texts, by ner.manual or ner.correct.")
    return task.get("spans", [])


def _labels(task: JsonObject, location: str) -> list[str]:
    if "accept" not in task and "label" in task:
        what = f"says yes or no to one label, {task['label']!r}, and nothing of the others."
        raise DataError(what, where=location, hint="Choose among all labels, by textcat.manual.")
    return words(task.get("accept", []), location=location)


def _label(task: JsonObject, location: str) -> Any:
    if "accept" not in task:
        return task.get("label")
    return one_of(_labels(task, location), _WITHOUT, location=location)
