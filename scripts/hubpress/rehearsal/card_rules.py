"""What the Hub says to a README: errors, for which it refuses the commit, and warnings."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from huggingface_hub.repocard import REGEX_YAML_BLOCK
from huggingface_hub.repocard_data import model_index_to_eval_results

from hubpress.files import JsonObject
from hubpress.hub.field_types import wrong_forms
from hubpress.hub.ids import not_an_id
from hubpress.hub.loose_values import is_text, one_of, one_or_more
from hubpress.hub.metadata import is_language
from hubpress.hub.readme import read_card
from hubpress.hub.vocabulary import (
    BASE_MODEL_RELATIONS,
    LICENCES,
    LONGEST_DESCRIPTION,
    PIPELINE_TAGS,
    SPACE_COLOURS,
    SPACE_SDKS,
)

_LONGEST_FRONT_MATTER = 512 * 1024


@lru_cache(maxsize=256)
def front_matter(text: str) -> JsonObject:
    """Return a card's metadata as plain JSON values, {} when it has none that can be read. It is not to be changed."""
    try:
        told = json.dumps(dict(read_card(text).data), default=str, ensure_ascii=False)
        # What JSON does not have: halves of characters, numbers that are none.
        return dict(json.loads(told.encode("utf-8", "replace"), parse_constant=lambda number: None))
    except (TypeError, ValueError, RecursionError):  # keys that are no texts; a list that holds itself
        return {}


@lru_cache(maxsize=64)
def validate(text: str, kind: str) -> dict[str, list[str]]:
    """Return the ``errors`` and the ``warnings`` that the Hub has for this README of a repository of this kind."""
    block = REGEX_YAML_BLOCK.search(text)
    if block and len(block.group(2)) > _LONGEST_FRONT_MATTER:
        return {"errors": [f"the front matter is longer than {_LONGEST_FRONT_MATTER} characters"], "warnings": []}
    card = read_card(text)
    if card.aliases:
        # A few of them can say a million values, and the card's readers would write them all out.
        return {"errors": [f"line {card.aliases[0]} holds an alias (*name). Write the value out"], "warnings": []}
    if not card.readable and not text.lstrip().startswith("---"):
        return {"errors": [], "warnings": ["empty or missing yaml metadata in repo card"]}
    errors = [fault.text for fault in card.faults]
    for name, (accepts, wanted) in _RULES.items():
        if name in card.data and not accepts(card.data[name]):
            errors.append(f'"{name}" {wanted}')
    errors += [f'"{wrong.name}" {wrong.form.hub_says}' for wrong in wrong_forms(card.data)]
    if kind == "spaces" and card.readable and "sdk" not in card.data:
        errors.append('"sdk" is required')
    tag = card.data.get("pipeline_tag", "other")
    warnings = [] if one_of(tag, PIPELINE_TAGS) else [f'"pipeline_tag" {tag!r} is not in the official list of tasks']
    return {"errors": errors, "warnings": warnings}


def _is_model_index(value: Any) -> bool:
    try:
        # An empty list says nothing, but does no harm.
        return value == [] or bool(model_index_to_eval_results(value))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


Rule = tuple[Callable[[Any], bool], str]


def _all(accepts: Callable[[Any], bool], wanted: str) -> Rule:
    return lambda value: all(map(accepts, one_or_more(value))), wanted


def _among(allowed: Collection[str]) -> Rule:
    return _all(lambda value: one_of(value, allowed), f"must be one of [{', '.join(sorted(allowed))}]")


_TEXTS: Rule = (lambda value: isinstance(value, list) and all(map(is_text, value)), "must be an array of strings")
_REPOS = _all(lambda value: not_an_id(value) is None, "is not valid. Use ids from the Hub, not paths")
_RULES: dict[str, Rule] = {
    "license": _among(LICENCES),
    "language": _all(is_language, "must be an ISO 639 code, multilingual or code"),
    "tags": _TEXTS,
    "metrics": _TEXTS,
    "datasets": _REPOS,
    "base_model": _REPOS,
    "base_model_relation": _among(BASE_MODEL_RELATIONS),
    "model-index": (_is_model_index, "needs a name, and results that each have a task, a dataset and metrics"),
    "sdk": _among(SPACE_SDKS),
    "colorFrom": _among(SPACE_COLOURS),
    "colorTo": _among(SPACE_COLOURS),
    "short_description": (
        lambda value: is_text(value) and len(value) <= LONGEST_DESCRIPTION,
        f"must be at most {LONGEST_DESCRIPTION} characters long",
    ),
}
