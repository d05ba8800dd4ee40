"""What people and tools write for the entities of a text -> start, end and label of each."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any, Literal

from hubpress.errors import DataError
from hubpress.text import listed, quoted

Unit = Literal["characters", "utf-16", "bytes"]
"""In what places in a text are counted."""

_PLACES = (("start", "end"), ("start_offset", "end_offset"), ("start_char", "end_char"), ("begin", "end"))
_LABELS = ("label", "labels", "entity_group", "entity_type", "entity", "type", "tag")
_COVERED = ("text", "mention", "surface", "entity_text")
_HOW = "Write {start: 0, end: 5, label: TYPE}."
_COUNTED = {"utf-16": "in UTF-16 units, as JavaScript does,", "bytes": "in bytes of UTF-8"}
_ENCODINGS = {"utf-16": "utf-16-le", "bytes": "utf-8"}

Span = tuple[int, int, str]


def entity_values(entities: Any, text: str, *, location: str, unit: Unit = "characters") -> list[Span]:
    """Return start, end (characters of *text*, the end excluded) and label of each entity, in the order given.

    An entity is a mapping with start, end and label by one of the names that tools have for them, or ``[start, end,
    label]``; one said twice is taken once. *unit* is what the places count. Raises DataError, with *location* in words,
    for what is no list of entities, for one outside of the text, and for one that says to cover what it does not.
    """
    spans = [_span(entity, text, location, unit) for entity in _entities(entities, location)]
    return list(dict.fromkeys(spans))


def in_characters(text: str, start: int, end: int, unit: Unit) -> tuple[int, int] | None:
    """Return a place in *text* as characters; None where it lies outside, or inside of a character."""
    if unit == "characters":
        return (start, end) if 0 <= start <= end <= len(text) else None
    encoded = text.encode(_ENCODINGS[unit], "surrogatepass")
    width = 2 if unit == "utf-16" else 1
    if not 0 <= start <= end <= len(encoded) // width:
        return None
    try:
        before = encoded[: start * width].decode(_ENCODINGS[unit])
        inside = encoded[start * width : end * width].decode(_ENCODINGS[unit])
    except UnicodeDecodeError:
        return None
    return len(before), len(before) + len(inside)


def covers(text: str, start: int, end: int, covered: str, unit: Unit = "characters") -> bool:
    """Return whether a place holds what is said to stand there; white space may be written as another one."""
    place = in_characters(text, start, end, unit)
    return place is not None and _spaced(text[slice(*place)]) == _spaced(covered.replace("\\n", "\n"))


def _spaced(text: str) -> str:
    return "".join(" " if sign.isspace() else sign for sign in text)


def _entities(value: Any, location: str) -> list[Any]:
    if isinstance(value, str) and value.strip():
        value = _parsed(value, location)
    if isinstance(value, dict) and value.keys() == {"entities"}:
        value = value["entities"]
    if isinstance(value, dict) and value and all(isinstance(column, list) for column in value.values()):
        value = _transposed(value, location)
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple):
        what = f"the entities are not a list but {quoted(value, 40)}."
        raise DataError(what, where=location, hint="Write [] for none.")
    return list(value)


def _parsed(text: str, location: str) -> Any:
    """Return a list that a table holds as a text, as JSON or as Python writes it."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list | tuple | dict):
            return value
    what = f"the entities are not a list but {quoted(text, 40)}."
    raise DataError(what, where=location, hint="Write [] for none.")


def _transposed(columns: Mapping[str, list[Any]], location: str) -> list[dict[str, Any]]:
    """Return the entities of a mapping of lists, as ``datasets`` keeps a list of mappings."""
    if len({len(column) for column in columns.values()}) > 1:
        lengths = listed([f"{len(column)} {name}" for name, column in columns.items()])
        raise DataError(f"the lists of the entities differ in length: {lengths}.", where=location, hint="Mend them.")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _span(entity: Any, text: str, location: str, unit: Unit) -> Span:
    """Return start, end and label of an entity; raises DataError for what is no entity."""
    if isinstance(entity, dict) and isinstance(entity.get("value"), dict):
        entity = entity["value"]  # a result of Label Studio
    if isinstance(entity, list | tuple):
        start, end, label, covered = _of_list(entity, location)
    elif isinstance(entity, dict):
        start, end = _place(entity, location)
        label, covered = _label(entity, text, start, end, location), _covered(entity)
    else:
        raise _no_entity(entity, location)
    if not label.strip():
        raise _no_entity(entity, location)
    named = f"the entity {label.strip()} from {start} to {end}"
    place = in_characters(text, start, end, unit)
    if covered is not None and not covers(text, start, end, covered, unit):
        found = f"covers {quoted(text[slice(*place)], 40)}" if place else "lies outside the text"
        what = f"{named} {found}, but is said to be {quoted(covered, 40)}."
        raise DataError(what, where=location, hint=_other_count(text, start, end, covered, unit))
    if place is None or place[0] == place[1]:
        raise _no_place(text, start, end, named, location, unit)
    return *place, label.strip()


def _of_list(entity: list[Any] | tuple[Any, ...], location: str) -> tuple[int, int, str, None]:
    numbers = [number for value in entity if (number := _whole(value)) is not None]
    words = [value for value in entity if isinstance(value, str)]
    if len(entity) != 3 or len(numbers) != 2 or len(words) != 1 or isinstance(entity[1], str):
        raise _no_entity(entity, location)
    return numbers[0], numbers[1], words[0], None


def _place(entity: Mapping[str, Any], location: str) -> tuple[int, int]:
    for first, last in _PLACES:
        start, end = _whole(entity.get(first)), _whole(entity.get(last))
        if start is not None and end is not None:
            return start, end
    raise _no_entity(entity, location)


def _label(entity: Mapping[str, Any], text: str, start: int, end: int, location: str) -> str:
    """Return the label under the one key that can be it: of several, ``label``."""
    given = {key: entity[key] for key in _LABELS if entity.get(key) not in (None, "", [])}
    given = {key: value for key, value in given.items() if key == "label" or value != text[start:end]}
    if "label" in given:
        given = {"label": given["label"]}
    if len(given) != 1:
        what = f"{quoted(dict(entity), 60)} has {listed(list(given)) if given else 'no label'}."
        raise DataError(what, where=location, hint="Call the one that is the entity's type label.")
    [(key, value)] = given.items()
    if isinstance(value, list) and len(value) > 1:
        what = f"the entity from {start} to {end} has several labels: {listed([str(label) for label in value])}."
        raise DataError(what, where=location, hint="Tags allow one; keep one.")
    label = value[0] if isinstance(value, list) else value
    if not isinstance(label, str):
        raise _no_entity(entity, location)
    if key == "entity" and label[:2] in ("B-", "I-"):
        what = f"{quoted(dict(entity), 60)} is a tag of one token, not an entity."
        raise DataError(what, where=location, hint="Ask pipeline() for entities, by an aggregation_strategy.")
    return label


def _covered(entity: Mapping[str, Any]) -> str | None:
    return next((entity[key] for key in _COVERED if isinstance(entity.get(key), str)), None)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value % 1:
        return None
    return int(value)


def _other_count(text: str, start: int, end: int, covered: str, unit: Unit) -> str:
    """Return what to do about an entity that does not cover what it says: how else it may have been counted."""
    for other, words in _COUNTED.items():
        if other != unit and covers(text, start, end, covered, other):  # type: ignore[arg-type]
            return f"Counted {words} it fits: set data.offsets to {other}."
    if unit != "characters" and covers(text, start, end, covered):
        return "Counted in characters it fits: take data.offsets out."
    if covers(text, start, end + 1, covered, unit):
        return "Its end is its last character, and should be the first one after it."
    if covers(text, start - 1, end - 1, covered, unit):
        return "It is counted from 1, and should be from 0."
    return "Count characters from 0; end is the first one after it."


def _no_place(text: str, start: int, end: int, named: str, location: str, unit: Unit) -> DataError:
    """Return why an entity, called *named*, has no place in a text."""
    counted = {"characters": len(text), "utf-16": len(text.encode("utf-16-le", "surrogatepass")) // 2}
    length = counted.get(unit, len(text.encode("utf-8", "surrogatepass")))
    units = "UTF-16 units" if unit == "utf-16" else unit
    hint = "Count characters from 0; end is the first one after it."
    if start == end and 0 <= start <= length:
        what, hint = f"{named} has no length.", "Take it out, or mend its end, which is the first one after it."
    elif 0 <= start < end <= length and unit != "characters":
        what = f"{named} cuts a character of the text, counted in {units}."
        hint = "Mend it, or set data.offsets to what it is counted in; without data.offsets that is characters."
    elif start > end:
        what, hint = f"{named} ends before it starts.", "Mend start and end."
    else:
        what = f"{named} lies outside the text of {length} {units}."
        hint = hint if unit == "characters" else f"Count in {units} from 0; end is the first one after it."
    return DataError(what, where=location, hint=hint)


def _no_entity(entity: Any, location: str) -> DataError:
    return DataError(f"{quoted(entity, 60)} is no entity.", where=location, hint=_HOW)
