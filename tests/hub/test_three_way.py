"""Two versions of a text merged line by line: for whatever texts, nothing of either is lost or said twice."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubpress.hub.three_way import Merged, merge

# Few different lines, so that the same ones come again and again; one without its end, and one with that of Windows.
TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c", "a\r\n"]), max_size=10)


@given(TEXTS, TEXTS)
def test_what_only_one_side_changes_is_taken_from_it(base: list[str], changed: list[str]) -> None:
    assert merge(base, base, changed) == merge(base, changed, base) == Merged(changed, is_clean=True)


@given(TEXTS, TEXTS)
def test_the_same_change_is_made_once(base: list[str], changed: list[str]) -> None:
    assert merge(base, changed, changed) == Merged(changed, is_clean=True)


@given(TEXTS, TEXTS, TEXTS)
def test_either_side_may_come_first(base: list[str], one: list[str], other: list[str]) -> None:
    """Both find the same conflicts; without any, the same lines."""
    first, second = merge(base, one, other), merge(base, other, one)
    assert first.is_clean == second.is_clean
    assert first.lines == second.lines or not first.is_clean


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_changes_apart_from_each_other_are_both_made(pairs: list[tuple[list[str], list[str]]]) -> None:
    """Side by side in turn, with a line that is nowhere else between two."""
    base, ours, theirs, both = list[str](), list[str](), list[str](), list[str]()
    for number, (before, after) in enumerate(pairs):
        kept = [f"-- {number}\n"]
        base += before + kept
        ours += (after if number % 2 else before) + kept
        theirs += (before if number % 2 else after) + kept
        both += after + kept
    # What SequenceMatcher takes for the same line is the line that is the same.
    assume(all(_keeps_borders(base, side) for side in (ours, theirs)))
    assert merge(base, ours, theirs) == Merged(both, is_clean=True)


@given(TEXTS, TEXTS, TEXTS)
def test_different_changes_of_the_same_lines_are_a_conflict(
    before: list[str], one: list[str], other: list[str]
) -> None:
    ours, theirs = ["mine\n", *one, "mine\n"], ["yours\n", *other, "yours\n"]
    made = merge(["first\n", "old\n", "last\n"], ["first\n", *ours, "last\n"], ["first\n", *theirs, "last\n"])
    assert made == Merged(["first\n", *ours, "last\n"], is_clean=False)
    assert not merge(before, [*before, "mine\n"], [*before, "yours\n"]).is_clean


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("", "a", "", "a"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd", "a\nc\nd"),
        ("a\nb\nc\n", "x\nb\nc\n", "a\nb\n", "x\nb\n"),
        ("a\nb\nc\n", "a\nb\nc", "y\nb\nc\n", "y\nb\nc"),
        ("a\nb\nc", "", "a\nb\nc", ""),
        ("a\nb", "a\nx\nb", "a\ny\nb", None),
        ("a\nb\nc", "a\nc", "a\nbb\nc", None),
        ("a\nb", "x\nb", "a\ny", None),  # lines that touch, of which nobody can say that they belong not together
    ],
)
def test_by_hand(base: str, ours: str, theirs: str, merged: str | None) -> None:
    made = merge(*(text.splitlines(keepends=True) for text in (base, ours, theirs)))
    assert made.is_clean == (merged is not None)
    assert merged is None or "".join(made.lines) == merged


def _keeps_borders(base: list[str], side: list[str]) -> bool:
    blocks = SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks()
    matched = {base[block.a + number] for block in blocks for number in range(block.size)}
    return all(line in matched for line in base if line.startswith("--"))
