"""IOB2 tags by number: O, then B- and I- of each type."""

from __future__ import annotations

from collections.abc import Sequence


def repaired(tags: Sequence[int]) -> list[int]:
    """Return tag ids in which an I- that continues no entity of its type has become that type's B-."""
    normal: list[int] = []
    before = 0
    for tag in tags:
        is_inside = tag > 0 and tag % 2 == 0
        before = tag - 1 if is_inside and before not in (tag - 1, tag) else tag
        normal.append(before)
    return normal


def as_iob1(tags: Sequence[int]) -> list[int]:
    """Return tag ids in which a B- stands only where it parts an entity from another of its type before it."""
    return [
        tag + 1 if tag % 2 == 1 and before not in (tag, tag + 1) else tag
        for before, tag in zip([0, *tags], tags, strict=False)
    ]


def runs(tags: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the entities that tag ids say: the first place, the one after the last, and the number of the type.

    As transformers' pipeline reads them: also an I- that continues no entity of its type begins one.
    """
    found: list[tuple[int, int, int]] = []
    for place, tag in enumerate([*repaired(tags), 0]):
        if place and (before := tags[place - 1]) and (tag == 0 or tag % 2 == 1):
            found[-1] = (found[-1][0], place, (before - 1) // 2)
        if tag % 2 == 1:
            found.append((place, place, (tag - 1) // 2))
    return found


def types_of(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(label.removeprefix("B-") for label in labels[1::2])


OUTSIDE = "O"


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    """Return the IOB2 tags of entity types, in the order of their ids."""
    return (OUTSIDE, *(f"{letter}-{kind}" for kind in types for letter in "BI"))
