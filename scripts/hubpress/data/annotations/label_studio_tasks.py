"""A task of Label Studio, in both of its JSON exports -> its fields, and what each control says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubpress.data.annotations.asked import an_object
from hubpress.data.left_out import LeftOut
from hubpress.errors import DataError
from hubpress.files import JsonObject

_SKIPPED = "skipped in Label Studio"
_UNDONE = "not annotated in Label Studio"
_PREDICTED = "with predictions alone in Label Studio"
_ALIKE = "annotated again alike in Label Studio"
_PATH = " / "  # as Label Studio itself shows a path of a taxonomy
_MIN = ("annotation_id", "annotator", "lead_time")
"""What JSON-MIN says of an annotation, beside the fields of its task."""


@dataclass
class Task:
    """A task with one annotation: its fields, and what each control of the labelling interface says of it."""

    location: str
    fields: JsonObject
    data: JsonObject
    """Those of the fields that may be its text."""
    spans: dict[str, list[JsonObject]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """Controls that say something else, and what."""
    relations: int = 0
    marked: dict[str, set[str]] = field(default_factory=dict)
    """What the regions of each control mark, by its name in the labelling interface, where they do not say the words
    that they cover."""

    def says_as(self, other: Task) -> bool:
        """Return whether two annotations of one task say the same."""
        return (self.spans, self.choices, self.data) == (other.spans, other.choices, other.data)

    def add(self, name: str, kind: str, value: JsonObject) -> None:
        """Take what a control says; *kind* is its type."""
        if kind == "labels" and type(value.get("start")) is int and type(value.get("end")) is int:
            span: JsonObject = {key: value[key] for key in ("start", "end", "text", "labels") if key in value}
            self.spans.setdefault(name, []).append(span)
            self.spans[name].sort(key=lambda one: (one["start"], one["end"]))
        elif kind in ("choices", "taxonomy") and "start" not in value and isinstance(value.get(kind), list):
            paths = [path if isinstance(path, list) else [path] for path in value[kind]]
            self.choices.setdefault(name, []).extend(_PATH.join(map(str, path)) for path in paths)
        else:
            self.others[name] = f"{kind} of regions" if "start" in value and not kind.endswith("labels") else kind


def read_task(value: Any, location: str) -> Task | LeftOut:
    """Return what is said of a task; one that is skipped or not annotated is left out.

    Raises DataError for what is no task, and for several annotations that differ, unless one is the ground truth.
    """
    task = an_object(value, location=location)
    if isinstance(task.get("data"), dict):
        return _of_json(task, task["data"], location)
    if not any(key in task for key in _MIN):
        what = "is no task of Label Studio."
        raise DataError(what, where=location, hint="Export as JSON or JSON-MIN, or set another data.format.")
    return _of_json_min(task, location)


def said_once(found: Iterable[Task | LeftOut]) -> list[Task | LeftOut]:
    """Return tasks, each once: JSON-MIN has one for each annotation. Raises DataError where two of them differ."""
    first: dict[str, Task] = {}
    once: list[Task | LeftOut] = []
    for task in found:
        number = str(task.fields.get("id", "")) if isinstance(task, Task) else ""
        if isinstance(task, LeftOut) or number not in first:
            if isinstance(task, Task) and number:
                first[number] = task
            once.append(task)
        elif task.says_as(first[number]):
            once.append(LeftOut(_ALIKE))
        else:
            raise _differ(task.location, f"differs from the annotation of the same task in {first[number].location}.")
    return once


def _of_json(task: JsonObject, data: JsonObject, location: str) -> Task | LeftOut:
    given = task.get("annotations", task.get("completions"))  # as versions before 1.0 call them
    if not isinstance(given, list) or not all(_is_annotation(one) for one in given):
        what = "has no list of annotations with their results."
        raise DataError(what, where=location, hint="Export it as JSON or JSON-MIN.")
    done = [one for one in given if not (one.get("was_cancelled") or one.get("skipped"))]
    if not done:
        return LeftOut(_SKIPPED if given else _PREDICTED if task.get("predictions") else _UNDONE)
    truths = [one for one in done if one.get("ground_truth")]
    said = [_said(one, task, data, location) for one in (truths if len(truths) == 1 else done)]
    if not all(one.says_as(said[0]) for one in said):
        raise _differ(location, f"has {len(said)} annotations, which differ.")
    return said[0]


def _is_annotation(value: Any) -> bool:
    results = value.get("result") if isinstance(value, dict) else None
    return isinstance(results, list) and all(isinstance(result, dict) for result in results)


def _differ(location: str, what: str) -> DataError:
    hint = "Keep one of them, or make one the ground truth in Label Studio and export JSON."
    return DataError(what, where=location, hint=hint)


def _said(annotation: JsonObject, task: JsonObject, data: JsonObject, location: str) -> Task:
    said = Task(location, {"id": task.get("id"), **data}, data)
    for result in annotation["result"]:
        kind, value = result.get("type"), result.get("value")
        if kind == "relation":
            said.relations += 1
        elif isinstance(value, dict):
            said.add(str(result.get("from_name")), str(kind), value)
            if not isinstance(value.get("text"), str):
                said.marked.setdefault(str(result.get("from_name")), set()).add(str(result.get("to_name")))
    return said


def _of_json_min(task: JsonObject, location: str) -> Task:
    said = Task(location, task, {})
    for name, value in task.items():
        values = value if isinstance(value, list) else [value]
        kinds = [_kind_of(one) for one in values]
        if kinds and all(kinds):
            for kind, one in zip(kinds, values, strict=True):
                said.add(name, kind, one)
        elif name not in (*_MIN, "id", "created_at", "updated_at"):
            said.data[name] = value
    return said


def _kind_of(value: Any) -> str:
    """Return the type of control that JSON-MIN writes so; empty for a field of the task."""
    if not isinstance(value, dict):
        return ""
    known = ("labels", "choices", "taxonomy", "hypertextlabels", "paragraphlabels")
    return next((kind for kind in known if isinstance(value.get(kind), list)), "")
