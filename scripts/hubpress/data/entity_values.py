"""What people write for the entities of a text -> start, end and label of each."""

from __future__ import annotations

from typing import Any

from hubpress.errors import DataError
from hubpress.text import quoted

_KEYS = ("start", "end", "label")


def entity_values(entities: Any, text: str, *, location: str) -> list[tuple[int, int, str]]:
    """Return start, end (characters of *text*, the end excluded) and label of each entity, in the order given.

    Raises DataError, with *location* in words, for what is no list of entities, and for one outside of the text.
    """
    return [_span(entity, text, location) for entity in _listed(entities, location)]


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
