"""Places of a recipe that a person has to fill in: ``hubpress new --from`` marks what it cannot know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hubpress.yaml12 import Place, YamlMapping

_MARK = re.compile(r"<fill in: (?P<what>[^<>]+)>")


def to_fill_in(what: str) -> str:
    """Return the mark of a place that waits for *what*, in words."""
    return f"<fill in: {re.sub('[<>]', '', what)}>"


def open_places(values: YamlMapping) -> dict[Place, str]:
    """Return the places of a recipe that still wait to be filled in, each with what belongs there, in words."""
    return dict(_open(values, ()))


def _open(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _open(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _open(inner, (*place, number))
    elif isinstance(value, str) and (mark := _MARK.fullmatch(value.strip())):
        yield place, mark["what"]
