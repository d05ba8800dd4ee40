"""Label Studio's exports, JSON and JSON-MIN: regions of a text, choices and paths of a taxonomy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from hubpress.data.annotations.asked import Asked, Meaning, exported, one_of
from hubpress.data.annotations.label_studio_tasks import Task, read_task, said_once
from hubpress.data.annotations.offsets import Region, unit_of
from hubpress.data.entity_values import in_characters
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile
from hubpress.errors import DataError
from hubpress.files import JsonObject
from hubpress.text import listed

_WITHOUT = "without a choice in Label Studio"
_GIVES = {"entities": "regions of text", "label": "choices", "labels": "choices"}


def read_label_studio(file: RecordFile) -> Iterator[Found]:
    """Yield the annotated tasks: the fields of their data, ``text``, and as asked ``entities``, ``label`` or ``labels``
    of the one control that gives such; with several, a recipe names the control as the column.

    Skipped tasks and those without an annotation are left out; predictions are not read. Without ``offsets`` the places
    of regions are counted as they all fit the words that they cover, and are given in characters. Raises DataError for
    tasks with annotations that differ, for regions that are not of plain text, and where the control is not certain.
    """
    found = said_once(read_task(value, location) for location, value in exported(file))
    tasks = [task for task in found if isinstance(task, Task)]
    if not tasks:
        yield from (one for one in found if isinstance(one, LeftOut))
        return
    asked = Asked(file)
    keys = {column: asking.rpartition(".")[2] for column, asking in file.columns.fields.items()}
    controls = {
        column: _control(column, key, tasks, f"data.columns.{key}") for column, key in keys.items() if key in _GIVES
    }
    if "entities" in keys.values():
        control = next(controls[column] for column, key in keys.items() if key == "entities")
        field = next(column for column, key in keys.items() if key == "text")
        for annotated in tasks:
            _refuse_other_text(annotated, control, _text_field(annotated, field))
        if file.written.offsets is None:
            _give_characters(tasks, control, field)
    for task in found:
        if isinstance(task, LeftOut):
            yield task
            continue
        if task.relations:
            yield LeftOut("relations", is_record=False, count=task.relations)
        meanings: dict[str, Meaning] = {
            column: partial(_meaning, task, control, keys[column]) for column, control in controls.items()
        }
        if keys.get("text") == "text":
            meanings["text"] = partial(_text, task, "text")
        yield asked.record(task.fields, meanings)
    asked.refuse_missing()


def _control(column: str, key: str, tasks: Sequence[Task], where: str) -> str:
    """Return the control that a recipe means by a column: the one of that name, or the only one that gives such."""
    known = sorted({name for task in tasks for name in (task.spans if key == "entities" else task.choices)})
    if column in known:
        return column
    gives, others = _GIVES[key], {name: kind for task in tasks for name, kind in task.others.items()}
    is_field = key != "entities" and any(isinstance(task.fields.get(column), str) for task in tasks)
    if is_field and (not known or column != key):
        return column  # in JSON-MIN one choice is a text
    if is_field:
        what = f"{column!r} is a field of the tasks, and {listed(known)} gives {gives}."
        raise DataError(what, where=where, hint="Name the control that gives the answer.")
    if column in others:
        what = f"the control {column!r} gives {others[column]}, not {gives}."
        raise DataError(what, where=where, hint=f"These give {gives}: {', '.join(known) or 'none'}.")
    if column != key:
        what = f"there is no control {column!r} that gives {gives}."
        raise DataError(what, where=where, hint=f"These give {gives}: {', '.join(known) or 'none'}.")
    if len(known) != 1:
        has = f"several controls give {gives}: {listed(known)}" if known else f"no control gives {gives}"
        more = f" There are {listed([f'{name} ({kind})' for name, kind in others.items()])}." if others else ""
        hint = "Name one of them." if known else f"Mark plain text with Labels, Choices or Taxonomy.{more}"
        raise DataError(f"{has}.", where=where, hint=hint)
    return known[0]


def _meaning(task: Task, control: str, key: str) -> Any:
    if key == "entities":
        return task.spans.get(control, [])
    choice = task.fields.get(control)
    choices = task.choices.get(control, [choice] if isinstance(choice, str) else [])
    return choices if key == "labels" else one_of(choices, _WITHOUT, location=task.location)


def _text(task: Task, field: str) -> Any:
    return task.fields.get(_text_field(task, field))


def _text_field(task: Task, field: str) -> str:
    """Return the field whose text a task's regions are in: the one of that name, or the only one with a text."""
    if field in task.fields or field != "text":
        return field
    texts = [name for name, value in task.data.items() if isinstance(value, str)]
    if len(texts) != 1:
        what = f"has no field text; its texts are {listed(texts)}." if texts else "has no text."
        raise DataError(what, where=task.location, hint="Name the field in data.columns.text.")
    return texts[0]


def _refuse_other_text(task: Task, control: str, field: str) -> None:
    """Raise DataError for regions that mark a text of another field, and do not say their words."""
    others = task.marked.get(control, set()) & task.data.keys() - {field}
    if others and task.spans.get(control):
        what = f"has regions of {listed(sorted(others))}, but {field!r} is read as the text."
        raise DataError(what, where=task.location, hint="Name the field that they mark in data.columns.text.")


def _give_characters(tasks: Sequence[Task], control: str, field: str) -> None:
    """Count the places of all regions in characters."""
    regions = [
        (span, Region(task.location, str(_text(task, field)), span["start"], span["end"], span.get("text")))
        for task in tasks
        for span in task.spans.get(control, [])
    ]
    counted_in = unit_of(region for _, region in regions)
    for span, region in regions:
        place = in_characters(region.text, region.start, region.end, counted_in)
        if place:
            _put(span, place)


def _put(span: JsonObject, place: tuple[int, int]) -> None:
    span["start"], span["end"] = place
