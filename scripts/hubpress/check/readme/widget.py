"""The examples on the model page (`widget`), which must be answers that this model can give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hubpress.check.kind import Kind
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.files import JsonObject
from hubpress.hub.formats import SETFIT_CONFIG
from hubpress.hub.loose_values import as_list, is_share, is_text, one_of
from hubpress.layout import CONFIG
from hubpress.text import quoted
from hubpress.yaml12 import Place

_INPUTS = ("text", "src", "messages", "structured_data", "structuredData", "table", "source_sentence", "inputs")
_LABEL_KEYS = ("label", "entity_group", "entity")


def widget(staged: Staged) -> Iterator[Problem]:
    """`widget` is a list of examples, each with an input, perhaps a title, perhaps the model's output."""
    examples = staged.fields.get("widget")
    if examples is None and "widget" not in staged.fields:
        return
    if examples == [] and not staged.is_ours:
        return
    if not isinstance(examples, list) or not examples:
        text = "`widget` is not a list of examples. Write `- text: …`, or leave it out."
        yield Problem(staged.where("widget"), text)
        return
    for number, example in enumerate(examples):
        place: Place = ("widget", number)
        if not isinstance(example, dict):
            yield Problem(staged.where(*place), "This widget example is not a mapping. Write `text: …`.")
            continue
        yield from _input(staged, place, example)
        yield from _output(staged, place, example.get("output"))


def _input(staged: Staged, place: Place, example: JsonObject) -> Iterator[Problem]:
    given = [name for name in _INPUTS if name in example]
    if not given and (staged.is_ours or not example):  # other tasks have inputs of their own
        yield Problem(staged.where(*place), "This widget example has no input. Give it `text`.")
    for name in given:
        value = example[name]
        if not value or (isinstance(value, str) and not value.strip()):
            yield Problem(staged.where(*place, name), f"The widget's `{name}` is empty. Write one, or take it out.")
        elif name == "text" and not isinstance(value, str):
            yield Problem(staged.where(*place, name), f"The widget's {quoted(value)} is not text. Put it in quotes.")
    title = example.get("example_title", "title")
    if not is_text(title):
        text = f"`example_title` {quoted(title)} is not a text. Put it in quotes, or take it out."
        yield Problem(staged.where(*place, "example_title"), text)


def _output(staged: Staged, place: Place, output: Any) -> Iterator[Problem]:
    if output is None or isinstance(output, dict):  # text, answer or url: the outputs of other tasks
        return
    where = staged.where(*place, "output")
    if not isinstance(output, list) or not output:
        yield Problem(where, "The widget's `output` is not a list. Write `- label: …` and `score: …`, or leave it out.")
        return
    for number, answer in enumerate(output):
        where = staged.where(*place, "output", number)
        name = next((key for key in _LABEL_KEYS if isinstance(answer, dict) and key in answer), None)
        if name is None:
            yield Problem(where, "This widget output has no `label`. Write `label` and `score`.")
            continue
        yield from _label(staged, where, answer[name])
        yield from _score(where, answer.get("score"))


def _label(staged: Staged, where: str, label: Any) -> Iterator[Problem]:
    file, labels = _labels(staged)
    # the token pipelines answer with ("entity_group") or without aggregation ("entity"): B-Task is reported as Task
    known = {*labels, *(re.sub(r"^[BIES]-", "", name) for name in labels)}
    if labels and not one_of(label, known):
        text = f"The widget shows the label {quoted(label)}, which the model does not have. Take it from {file}."
        yield Problem(where, text)


def _labels(staged: Staged) -> tuple[str, Sequence[str]]:
    """Return the labels with which a model answers, and the file that names them; none where that is not known."""
    if staged.kind is Kind.SETFIT:
        return SETFIT_CONFIG, [name for name in as_list(staged.mapping(SETFIT_CONFIG).get("labels")) if is_text(name)]
    # config.json of a body under another library's head has its names by default, LABEL_0 and so on.
    is_asked = staged.is_classifier and staged.kind in (Kind.RELEASE, Kind.TRANSFORMERS)
    return CONFIG, staged.labels if is_asked else ()


def _score(where: str, score: Any) -> Iterator[Problem]:
    if not is_share(score):
        text = f"The widget's score {quoted(score)} is not a number from 0 to 1. Copy what the pipeline answers."
        yield Problem(where, text)
