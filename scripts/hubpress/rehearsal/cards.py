"""What the Hub says to a README: errors, for which it refuses the commit, and warnings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import Any

from hubpress.check.card import read_card
from hubpress.check.values import as_list, as_mapping, is_number, is_text, one_of, one_or_more
from hubpress.check.vocabulary import (
    BASE_MODEL_RELATIONS,
    LANGUAGES,
    LICENCES,
    PIPELINE_TAGS,
    SPECIAL_LANGUAGES,
)

SPACE_SDKS = ("gradio", "docker", "static")
_COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w][\w.-]*)?")
Rule = tuple[Callable[[Any], bool], str]


def front_matter(text: str) -> dict[str, Any]:
    """Return a card's metadata as plain JSON values, {} when it has none that can be read."""
    data: dict[str, Any] = json.loads(json.dumps(dict(read_card(text).data), default=str))
    return data


def validate(text: str, kind: str) -> tuple[list[str], list[str]]:
    """Return the errors and the warnings that the Hub has for this README of a model or a space."""
    card = read_card(text)
    if not card.readable and not text.lstrip().startswith("---"):
        return [], ["empty or missing yaml metadata in repo card"]
    errors = [problem.text for problem in card.problems]
    for name, (accepts, wanted) in {**_RULES, **_RULES_OF[kind]}.items():
        if name in card.data and not accepts(card.data[name]):
            errors.append(f'"{name}" {wanted}')
    if kind == "space" and card.readable and "sdk" not in card.data:
        errors.append('"sdk" is required')
    tag = card.data.get("pipeline_tag", "other")
    warnings = [] if one_of(tag, PIPELINE_TAGS) else [f'"pipeline_tag" {tag!r} is not in the official list of tasks']
    return errors, warnings


def _each(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _among(allowed: Collection[str]) -> Rule:
    return lambda value: one_of(value, allowed), f"must be one of [{', '.join(sorted(allowed))}]"


def _one_or_each(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: all(map(accepts, one_or_more(value)))


def _is_repo_id(value: Any) -> bool:
    return is_text(value) and _REPO_ID.fullmatch(value) is not None


def _is_language(value: Any) -> bool:
    code = value.split("-")[0] if is_text(value) else ""
    return one_of(value, SPECIAL_LANGUAGES) or code in LANGUAGES or re.fullmatch("[a-z]{3}", code) is not None


def _is_model_index(value: Any) -> bool:
    for model in as_list(value):
        results = as_mapping(model).get("results")
        if not is_text(as_mapping(model).get("name")) or not isinstance(results, list):
            return False
        for result in map(as_mapping, results):
            task, dataset = as_mapping(result.get("task")), as_mapping(result.get("dataset"))
            metrics = [as_mapping(metric) for metric in as_list(result.get("metrics"))]
            named = all(map(is_text, (task.get("type"), dataset.get("type"), dataset.get("name"))))
            measured = all(is_text(metric.get("type")) and metric.get("value") is not None for metric in metrics)
            if not (named and metrics and measured):
                return False
    return isinstance(value, list)


_TEXT: Rule = (is_text, "must be a string")
_TEXTS: Rule = (_each(is_text), "must be an array of strings")
_REPOS: Rule = (_one_or_each(_is_repo_id), "is not valid. Use ids from the Hub, not paths")
_RULES: dict[str, Rule] = {
    "license": (_one_or_each(_among(LICENCES)[0]), _among(LICENCES)[1]),
    "tags": _TEXTS,
    "datasets": _REPOS,
    "thumbnail": _TEXT,
}
_RULES_OF: dict[str, dict[str, Rule]] = {
    "model": {
        "language": (_one_or_each(_is_language), "must be an ISO 639 code, multilingual or code"),
        "library_name": _TEXT,
        "pipeline_tag": _TEXT,
        "metrics": _TEXTS,
        "base_model": _REPOS,
        "base_model_relation": _among(BASE_MODEL_RELATIONS),
        "widget": (lambda value: isinstance(value, list), "must be an array"),
        "model-index": (_is_model_index, "needs a name, and results that each have a task, a dataset and metrics"),
    },
    "space": {
        "title": _TEXT,
        "emoji": _TEXT,
        "colorFrom": _among(_COLOURS),
        "colorTo": _among(_COLOURS),
        "sdk": _among(SPACE_SDKS),
        "sdk_version": (lambda value: is_text(value) or is_number(value), "must be a version"),
        "app_file": _TEXT,
        "short_description": (lambda value: is_text(value) and len(value) <= 60, "must be at most 60 characters long"),
        "pinned": (lambda value: isinstance(value, bool), "must be a boolean"),
        "models": (_each(_is_repo_id), "must be an array of ids from the Hub"),
    },
}
