"""The columns in which records have the entities of a token model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubpress.data.entity_values import entity_values
from hubpress.draft.table import Table
from hubpress.errors import DataError
from hubpress.metrics.iob2 import OUTSIDE
from hubpress.recipe.kinds import FORMATS_WITH_NAMES
from hubpress.text import quoted
from hubpress.yaml12 import YamlMapping

_TAG = re.compile(r"[BIELSU]-(.+)")
_TOKENS = ("tokens", "words", "token", "word", "text", "sentence")
_TAGS = ("ner_tags", "tags", "labels", "ner", "ner_tag", "label", "tag", "entities", "bio")
_TEXTS = ("text", "sentence", "content", "document", "body")
_ENTITIES = ("entities", "spans", "label", "labels", "annotations", "entity", "ner")


@dataclass(frozen=True)
class Marked:
    """Where entities are, in the keys of ``data``."""

    columns: YamlMapping
    used: tuple[str, ...] = ()
    tag_names: tuple[str, ...] | None = None
    """The tags by their ids where the records have ids without names."""
    others: tuple[str, ...] = ()


def marked_in(table: Table, tags: Sequence[str], *, columns: YamlMapping) -> Marked:
    """Return where the records have entities; *tags* are the model's by their ids, *columns* those a person named.

    Raises DataError, with the columns that there are, where none has any.
    """
    if table.format in FORMATS_WITH_NAMES or columns:
        return Marked(dict(columns), tuple(map(str, columns.values())))
    tokens = [name for name in table.names if _are_texts(table.lists(name)) and not _are_tags(table.lists(name), tags)]
    tagged = [name for name in table.names if _are_tags(table.lists(name), tags)]
    ids = [name for name in table.names if _are_ids(table.lists(name), tags)]
    tokens, tagged, ids = _by_name(tokens, _TOKENS), _by_name(tagged, _TAGS), _by_name(ids, _TAGS)
    if tokens and (tagged or ids):
        names = None if tagged else tuple(tags)
        column = (tagged or ids)[0]
        return Marked({"tokens": tokens[0], "tags": column}, (tokens[0], column), names, (*tokens[1:], *tagged[1:]))
    texts = _by_name([name for name in table.names if _all(table.values(name), str)], _TEXTS)
    for text in texts:
        for name in _by_name([name for name in table.names if name != text], _ENTITIES):
            if _are_entities(table, text, name):
                return Marked({"text": text, "entities": name}, (text, name), others=tuple(texts[1:2]))
    _refuse_other_types(table, tags)
    held = "; ".join(f"{quoted(name, 40)} has {table.shown(name, 2)}" for name in table.names[:6])
    raise DataError(
        f"no columns hold tokens with the model's tags, or texts with entities: {held}.",
        where="the records",
        hint="Write {text, entities: [{start, end, label}]}, or two lists of one length, tokens and tags.",
    )


def _refuse_other_types(table: Table, tags: Sequence[str]) -> None:
    """Raise DataError for tags of tokens, in any scheme, of types that the model does not have."""
    types = {tag.partition("-")[2] for tag in tags} - {""}
    for name in table.names:
        every = {tag for one in table.lists(name) for tag in one if isinstance(tag, str)}
        found = {match[1] for tag in every if (match := _TAG.fullmatch(tag))}
        if found and all(_TAG.fullmatch(tag) or tag == OUTSIDE for tag in every) and (strange := sorted(found - types)):
            what = f"{quoted(name)} has entities of the type {quoted(strange[0])}, which the model's lack:"
            what = f"{what} {', '.join(quoted(kind) for kind in sorted(types))}."
            raise DataError(
                what, where="the records", hint="Take these records out, or call the types as the model does."
            )


def _by_name(names: Sequence[str], known: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: known.index(name.lower()) if name.lower() in known else len(known))


def _all(values: Sequence[Any], kind: type) -> bool:
    return bool(values) and all(type(value) is kind for value in values)


def _are_texts(lists: list[list[Any]]) -> bool:
    return any(lists) and all(_all(one, str) for one in lists if one)


def _are_tags(lists: list[list[Any]], tags: Sequence[str]) -> bool:
    """Tell whether lists hold tags in any scheme: those of the model's types, or O."""
    types = {tag.partition("-")[2] or tag for tag in tags}
    return _are_texts(lists) and all(tag.partition("-")[2] in types or tag in types for one in lists for tag in one)


def _are_ids(lists: list[list[Any]], tags: Sequence[str]) -> bool:
    return any(lists) and all(type(value) is int and 0 <= value < len(tags) for one in lists for value in one)


def _are_entities(table: Table, text: str, name: str) -> bool:
    pairs = [(record[text], record[name]) for record in table.records if record.get(text) and record.get(name)]
    if not pairs or all(isinstance(value, str) and value.strip()[:1] not in "[{" for _, value in pairs):
        return False
    try:
        return [entity_values(value, str(words), location=name) for words, value in pairs[:200]] != []
    except DataError:
        return False
