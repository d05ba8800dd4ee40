"""Entities marked by their place in a text -> tokens with tags."""

from __future__ import annotations

import re
from typing import Any

from hubpress.errors import DataError
from hubpress.text import quoted

_TOKEN = re.compile(r"\w+|[^\w\s]")
_KEYS = ("start", "end", "label")


def tagged_tokens(text: str, entities: Any, *, location: str) -> tuple[list[str], list[str]]:
    """Return the words and marks of *text*, and their IOB2 tags by *entities*, mappings of start, end and label.

    A token never reaches over an entity's border. Raises DataError, with *location* in words, for entities that
    overlap, lie outside the text or hold no token.
    """
    tokens: list[str] = []
    tags: list[str] = []
    reached, last = 0, ""
    for start, end, label in sorted(_span(entity, text, location) for entity in _listed(entities, location)):
        named = f"{label} {text[start:end]!r} ({start} to {end})"
        if start < reached:
            raise DataError(
                f"the entity {named} overlaps {last}.", where=location, hint="Tags allow one entity a token; keep one."
            )
        inside = _TOKEN.findall(text[start:end])
        if not inside:
            raise DataError(f"the entity {named} holds no token.", where=location, hint="Mend start and end.")
        outside = _TOKEN.findall(text[reached:start])
        tokens += [*outside, *inside]
        tags += ["O"] * len(outside) + [f"B-{label}"] + [f"I-{label}"] * (len(inside) - 1)
        reached, last = end, named
    rest = _TOKEN.findall(text[reached:])
    return [*tokens, *rest], [*tags, *["O"] * len(rest)]


def _listed(entities: Any, location: str) -> list[Any]:
    if entities in (None, ""):
        return []
    if not isinstance(entities, list):
        what = f"the entities are not a list but {quoted(entities, 40)}."
        raise DataError(what, where=location, hint="Write [] for none.")
    return entities


def _span(entity: Any, text: str, location: str) -> tuple[int, int, str]:
    """Return start, end and label of an entity; raises DataError for what is no entity."""
    values = [entity.get(key) if isinstance(entity, dict) else None for key in _KEYS]
    start, end, label = values
    if not (type(start) is int and type(end) is int and isinstance(label, str) and label.strip()):
        raise DataError(
            f"{quoted(entity, 60)} is no entity.", where=location, hint="Write {start: 0, end: 5, label: TYPE}."
        )
    if not 0 <= start < end <= len(text):
        raise DataError(
            f"the entity {label} from {start} to {end} lies outside the text of {len(text)} characters.",
            where=location,
            hint="Count characters from 0; end is the first one after it.",
        )
    return start, end, label.strip()
