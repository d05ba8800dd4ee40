"""The front matter of a card as a page shows it. Whatever stands there, nothing here raises."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from hubpress.hub.loose_values import as_list, as_mapping, is_number, one_or_more
from hubpress.hub.readme import read_card

# Fields with a line of their own, by the kind of repository; the page's order and words.
_LINES = {
    "models": {
        "pipeline_tag": "Task",
        "library_name": "Library",
        "license": "Licence",
        "language": "Language",
        "base_model": "Base model",
        "base_model_relation": "Made from it by",
        "datasets": "Data sets",
        "metrics": "Metrics",
    },
    "datasets": {
        "pretty_name": "Name",
        "task_categories": "Task",
        "license": "Licence",
        "language": "Language",
        "size_categories": "Size",
        "source_datasets": "Made from",
    },
    "spaces": {
        "title": "Title",
        "short_description": "What it does",
        "sdk": "SDK",
        "sdk_version": "SDK version",
        "python_version": "Python",
        "app_file": "App",
        "license": "Licence",
        "models": "Models",
        "datasets": "Data sets",
        "preload_from_hub": "Loaded beforehand",
    },
}


@dataclass(frozen=True)
class Example:
    """A widget example: its title, the text, and the model's answers with their scores; None where none are given."""

    title: str
    text: str
    answers: tuple[tuple[str, float | None], ...] | None


@dataclass(frozen=True)
class Result:
    """A line of the model-index: the metric, its value, and on what (task, data and split) it was measured."""

    where: str
    metric: str
    value: str


@dataclass(frozen=True)
class Facts:
    """What a page shows of a card beside its text."""

    lines: tuple[tuple[str, tuple[str, ...]], ...]
    tags: tuple[str, ...]
    examples: tuple[Example, ...]
    results: tuple[Result, ...]
    body: str
    unreadable: str = ""
    """Why the front matter cannot be read, if it cannot."""


@lru_cache(maxsize=64)
def read_facts(text: str, kind: str) -> Facts:
    """Return the facts of a README of a repository of this kind."""
    card = read_card(text)
    data = card.data
    lines = [(words, _texts(data.get(name))) for name, words in _LINES[kind].items()]
    why = "" if card.readable or not text.strip() else " ".join(fault.text for fault in card.faults)
    return Facts(
        lines=tuple((words, values) for words, values in lines if values),
        tags=_texts(data.get("tags")),
        examples=tuple(map(_example, filter(None, map(as_mapping, as_list(data.get("widget")))))),
        results=tuple(_results(data)),
        body=card.body,
        unreadable=why,
    )


def with_measured_answers(examples: Iterable[Example], evaluation: str) -> list[Example]:
    """Return examples with the answers of evaluation.json where the card gives none: the Hub's cards know no spans."""
    try:
        measured = as_list(as_mapping(json.loads(evaluation)).get("widget"))
    except (ValueError, RecursionError):
        measured = []
    known = {one.text: one.answers for one in map(_example, map(as_mapping, measured))}
    return [replace(one, answers=known.get(one.text)) if one.answers is None else one for one in examples]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in one_or_more(value) if one not in (None, ""))


def _text(value: Any) -> str:
    """Return a value as one line; ids of repositories, languages and so on are texts already."""
    if isinstance(value, (dict, list)):
        try:
            return json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError, RecursionError):  # keys that are no texts; a list that holds itself
            return "…"
    return "" if value is None else str(value)


def _example(entry: Mapping[str, Any]) -> Example:
    text, answers = _text(entry.get("text")), None
    if isinstance(entry.get("output"), list):
        answers = tuple(_answer(answer, text) for answer in map(as_mapping, entry["output"]))
    return Example(_text(entry.get("example_title")), text, answers)


def _answer(answer: Mapping[str, Any], text: str) -> tuple[str, float | None]:
    label, start, end = answer.get("label") or answer.get("entity_group"), answer.get("start"), answer.get("end")
    words = f"{text[start:end]} ({_text(label)})" if isinstance(start, int) and isinstance(end, int) else _text(label)
    return words, float(answer["score"]) if is_number(answer.get("score")) else None


def _results(data: Mapping[str, Any]) -> Iterator[Result]:
    for model in map(as_mapping, as_list(data.get("model-index"))):
        for entry in map(as_mapping, as_list(model.get("results"))):
            task, dataset = as_mapping(entry.get("task")), as_mapping(entry.get("dataset"))
            names = (_name(task), _name(dataset), _text(dataset.get("split")))
            for metric in map(as_mapping, as_list(entry.get("metrics"))):
                yield Result(", ".join(filter(None, names)), _name(metric), _text(metric.get("value")))


def _name(entry: Mapping[str, Any]) -> str:
    return _text(entry.get("name") or entry.get("type"))
