"""Entities as tags of pieces and back: for every text and tokenizer the same entities, or those that are counted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.tokenizers import KINDS
from hubpress.metrics.pieces import decoded, lost, piece_tags
from hubpress.text import tight

# Scripts with and without spaces, combining marks, emoji of several code points, white space of all sorts.
PARTS = [
    "Oslo", "Grüße", "cafe\u0301", "data", "22", "मैं", "दिल्ली", "北京", "上海", "ฉัน", "เชียงใหม่", "القاهرة", "שלום",
    "🎉", "👩\u200d🔬", "🇩🇪", "ﬁ", "\u200b", ".", "-", "'s", "[SEP]", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000",
]  # fmt: skip


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One of each kind, which know some of the parts whole and others by letters, bytes or not at all."""
    texts = ["Oslo data 22.", "cafe Grüße -", "北京 上海", "मैं दिल्ली", "ฉัน เชียงใหม่", "القاهرة"] * 5
    folder = tmp_path_factory.mktemp("tokenizers")
    return {kind: make(texts, folder / kind) for kind, make in KINDS.items()}


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, int]]]:
    """Return a text with entities that do not overlap; some of them begin or end inside a word."""
    text = "".join(draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=12)))
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = zip(borders[::2], borders[1::2], strict=False)
    found = [(start, end, draw(st.integers(0, 2))) for start, end in spans]
    return text, [entity for entity in found if text[entity[0] : entity[1]].strip() == text[entity[0] : entity[1]]]


def by_letters(text: str, pieces: list[tuple[int, int]], tags: list[int]) -> set[tuple[int, int, int]]:
    """Return the entities of tagged pieces by a way of its own: letter by letter."""
    found: dict[int, tuple[int, int, int]] = {}
    number, before = 0, 0
    for (start, end), tag in zip(pieces, tags, strict=True):
        number += tag != 0 and (tag % 2 == 1 or (before + 1) // 2 != (tag + 1) // 2)
        for place in range(start, end) if tag else ():
            if not text[place].isspace():
                first, last, _ = found.get(number, (place, place, 0))
                found[number] = (min(first, place), max(last, place + 1), (tag - 1) // 2)
        before = tag
    return set(found.values())


@given(given_text=marked())
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_tags_of_pieces_say_the_entities(tokenizers: dict[str, Any], given_text: Any) -> None:
    """Encoded and decoded again an entity is the same, or it is among those that are told to be lost."""
    text, entities = given_text
    for tokenizer in tokenizers.values():
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pieces = encoded["offset_mapping"]
        tags = piece_tags(text, pieces, entities)
        found = decoded(text, pieces, tags)
        assert len(tags) == len(pieces)
        told = {one.entity for one in lost(text, pieces, entities)}
        assert set(entities) - found == told
        assert by_letters(text, pieces, tags) >= set(entities) - told
        spans = [tight(text, piece) for piece in pieces]
        overlap = any(end > start for (_, end), (start, _) in pairwise(spans))  # SentencePiece's lone first space
        for start, end, kind in entities:
            crossed = any(s < border < e for s, e in spans for border in (start, end))
            covered = any(s <= start < e for s, e in spans) and any(s < end <= e for s, e in spans)
            is_told = (start, end, kind) in told
            assert (crossed or not covered) if is_told else (covered and (not crossed or overlap))
