"""Records without a fault, to put one into."""

from __future__ import annotations

import random
from typing import Any

Row = dict[str, Any]
_WORDS = """
the neighbour brought our old dog through a garden behind his house and later every cat of this street slept on some
warm roof while children played with balls near green trees until evening came
"""
_PARTS = ("train", "train", "train", "validation", "test")


def good_rows(count: int = 100) -> list[Row]:
    """Return records of two kinds with a sentence each, all different, in given splits; the same in every run."""
    source = random.Random(11)
    texts = (" ".join(source.choices(_WORDS.split(), k=12)) for _ in range(count))
    return [
        {
            "text": f"{text} {number:04}".capitalize(),
            "kind": ("dog", "cat")[number % 2],
            "part": _PARTS[number % 5],
        }
        for number, text in enumerate(texts)
    ]


def of_part(rows: list[Row], part: str) -> list[Row]:
    """Return the rows of a split."""
    return [row for row in rows if row["part"] == part]
