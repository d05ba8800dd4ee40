"""Tags of two types of entities, drawn at random, and what a rigged model knows of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hubpress.metrics.iob2 import repaired

LABELS = ("O", "B-dish", "I-dish", "B-place", "I-place")
SHORT = 16  # tokens, two of them special ones
# Words by the tag that the rigged model gives to every piece of them.
WORDS = {
    "O": "we eat in at the and again , .",
    "B-dish": "cafe soup state",
    "I-dish": "- of art noodle ##ria",
    "B-place": "munchen new",
    "I-place": "york 😀",
}


def random_tags(rng: random.Random, words: int) -> list[int]:
    return [rng.choice((0, 0, 1, 2, 2, 3, 4)) for _ in range(words)]


def valid(tags: Sequence[int]) -> str:
    """Return tags as the records hold them, an I- that continues nothing made a B-."""
    return " ".join(LABELS[tag] for tag in repaired(tags))
