"""Two versions of a text that come from the same one, merged line by line: the algorithm of diff3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Merged:
    """The lines of a merge; where both versions change the same ones differently, it has those of the first."""

    lines: list[str]
    is_clean: bool
    """Whether there is no such place."""


def merge(base: list[str], ours: list[str], theirs: list[str]) -> Merged:
    """Return what *ours* and *theirs* both make of *base*: lines that one of them changes are taken from that one.

    Changes are told apart by lines between them that all three have; those that touch are one. The same change in both
    is made once.
    """
    lines: list[str] = []
    is_clean = True
    at = (0, 0, 0)
    for start, length in _common(base, ours, theirs):
        before, first, second = (
            side[one:other] for side, one, other in zip((base, ours, theirs), at, start, strict=True)
        )
        is_clean &= first == second or before in (first, second)
        lines += second if before == first else first
        lines += base[start[0] : start[0] + length]
        at = (start[0] + length, start[1] + length, start[2] + length)
    return Merged(lines, is_clean)


def _common(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Yield where runs of lines begin that all three have, and their lengths; the last is empty, at the three ends."""
    # Each list ends with an empty block. Without autojunk: a line that is frequent in a long table tells as much.
    ours_too, theirs_too = (
        SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks() for side in (ours, theirs)
    )
    one = other = 0
    while one < len(ours_too) - 1 and other < len(theirs_too) - 1:
        mine, yours = ours_too[one], theirs_too[other]
        start, end = max(mine.a, yours.a), min(mine.a + mine.size, yours.a + yours.size)
        if start < end:
            yield (start, mine.b + start - mine.a, yours.b + start - yours.a), end - start
        if mine.a + mine.size < yours.a + yours.size:
            one += 1
        else:
            other += 1
    yield (len(base), len(ours), len(theirs)), 0
