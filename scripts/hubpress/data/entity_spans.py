"""Entities marked by their place in a text -> tokens with tags."""

from __future__ import annotations

import re
from typing import Any

from hubpress.data.entity_values import Unit, entity_values
from hubpress.errors import DataError

_TOKEN = re.compile(r"\w+|[^\w\s]")


def tagged_tokens(text: str, entities: Any, *, location: str, unit: Unit) -> tuple[list[str], list[str]]:
    """Return the words and marks of *text*, and their IOB2 tags by *entities*, mappings of start, end and label.

    A token never reaches over an entity's border. Raises DataError, with *location* in words, for entities that
    overlap, lie outside the text or hold no token.
    """
    tokens: list[str] = []
    tags: list[str] = []
    reached, last = 0, ""
    for start, end, label in sorted(entity_values(entities, text, location=location, unit=unit)):
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
