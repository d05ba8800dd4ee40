"""Entities in brackets, as CoNLL-2012 files and OntoNotes have them (``(PERSON*``, ``*``, ``*)``) -> tags as IOB2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hubpress.errors import DataError

_TAG = re.compile(r"(?P<opens>\((?P<kind>[^\W\d][^()*|\s]*))?(?P<star>\*)?(?P<closes>\))?")
_COREFERENCE = re.compile(r"-|[()\d|]+")
_COREFERENCE_HINT = "Set data.columns.tags to the number of the column with the entities: in CoNLL-2012 files 11."
_NESTED = re.compile(r"\(.*\(|\).*\)")


def is_bracketed(tags: Iterable[str]) -> bool:
    """Return whether some tags are those of a column with brackets: each of them has one, or is a star."""
    return all(tag.startswith(("(", "*", ")")) for tag in tags)


def refuse_coreference(tags: Iterable[str], where: str) -> None:
    """Raise DataError for numbers in brackets, which say who or what is the same: they are no types of entities."""
    every = list(tags)
    example = next((tag for tag in every if "(" in tag), None)
    if example and all(_COREFERENCE.fullmatch(tag) for tag in every):
        what = f"its column of tags has coreference, such as {example!r}, and no entities."
        raise DataError(what, where=where, hint=_COREFERENCE_HINT)


def as_iob2(tags: Sequence[str], where: Sequence[str]) -> list[str]:
    """Return the tags of a sentence as IOB2; *where* says of each in which line it stands.

    Raises DataError for what is no such tag, for entities within one another, and for a bracket without its other one.
    """
    read: list[str] = []
    opened: int | None = None
    kind = ""
    for number, (tag, place) in enumerate(zip(tags, where, strict=True)):
        if _NESTED.search(tag):
            raise _nested(tag, place)
        parts = _TAG.fullmatch(tag)
        if parts is None or not tag.strip(")"):
            what = f"{tag!r} is no tag of a column with entities in brackets."
            raise DataError(what, where=place, hint="Such tags are (PERSON*, *, *) and (PERSON).")
        if parts["opens"]:
            if opened is not None:
                raise _nested(tag, place)
            opened, kind = number, parts["kind"]
        elif parts["closes"] and opened is None:
            raise DataError(f"{tag!r} closes an entity that has not begun.", where=place, hint="Mend the brackets.")
        read.append("O" if opened is None else f"{'B' if opened == number else 'I'}-{kind}")
        if parts["closes"]:
            opened = None
        elif parts["opens"] and not parts["star"]:
            raise DataError(f"{tag!r} has no star and no second bracket.", where=place, hint="Mend the brackets.")
    if opened is not None:
        what = f"{tags[opened]!r} opens an entity that its sentence does not close."
        raise DataError(what, where=where[opened], hint="Mend the brackets.")
    return read


def _nested(tag: str, where: str) -> DataError:
    hint = (
        "A token model's entities stand beside one another: choose a column without such, or take the inner ones out."
    )
    return DataError(f"{tag!r} has entities within one another, as trees of a sentence do.", where=where, hint=hint)
