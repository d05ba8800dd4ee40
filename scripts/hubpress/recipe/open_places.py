"""Places of a recipe that a person has to fill in: ``hubpress new`` marks what it cannot know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hubpress.hub.placeholders import FILL_IN
from hubpress.yaml12 import Place, YamlMapping

# What only the card and the Space say: records are read, and models trained and measured, without it.
_SENTENCES = (
    "summary",
    "description",
    "intended_uses",
    "out_of_scope",
    "training_data",
    "limitations",
    "bias",
    "label_descriptions",
)


def to_fill_in(what: str) -> str:
    """Return the mark of a place that waits for *what*, in words."""
    return f"<fill in: {re.sub('[<>]', '', what)}>"


def open_places(values: YamlMapping) -> dict[Place, str]:
    """Return the places of a recipe that still wait to be filled in, each with what belongs there, in words."""
    return dict(_open(values, ()))


def is_sentence(place: Place) -> bool:
    """Return whether a place is one of the card's sentences, which no stage before the card needs."""
    return len(place) > 1 and place[0] == "card" and place[1] in _SENTENCES


def still_open(what: str) -> str:
    """Return what is said of a place that waits for *what*."""
    return f"is still to be filled in: {what}."


def with_stand_ins(values: YamlMapping) -> YamlMapping:
    """Return a recipe's values with plain words in the sentences that are open, as the card of a sample shows them."""
    if not isinstance(values.get("card"), dict):
        return values
    card = {key: _standing_in(value) if key in _SENTENCES else value for key, value in values["card"].items()}
    return {**values, "card": card}


def _standing_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _standing_in(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_standing_in(inner) for inner in value]
    return FILL_IN.sub(r"To be filled in: \g<what>.", value) if isinstance(value, str) else value


def _open(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _open(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _open(inner, (*place, number))
    elif isinstance(value, str) and (mark := FILL_IN.search(value)):
        yield place, " ".join(mark["what"].split())
