"""Windows of long texts: every piece is owned once, and no window is too long."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from helpers.tokenizers import KINDS
from hubpress.inference.windows import stride_of, windows_of

TEXTS = ["one two three four five six", "drei Öfen, zwei Häuser", "北京在下雨", "ฝนตก 🎉 again"]


@pytest.fixture(scope="module", params=sorted(KINDS))
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return KINDS[request.param](TEXTS * 5, tmp_path_factory.mktemp("tokenizer"))


def test_every_piece_is_owned_once_and_every_window_fits(tokenizer: Any) -> None:
    """The windows' own pieces are those of the whole text, in their order, whatever the length."""
    rng = random.Random(0)
    texts = ["", " \t", *(" ".join(rng.choices(TEXTS, k=rng.randint(1, 12))) for _ in range(60))]
    for max_length in (8, 13, 64):
        found = list(windows_of(texts, tokenizer, max_length=max_length))
        assert all(len(window.inputs["input_ids"]) <= max_length for window in found)
        assert {window.text for window in found} == set(range(len(texts)))
        for number, text in enumerate(texts):
            whole = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            owned = [(window, place) for window in found if window.text == number for place in window.own]
            pieces = [window.inputs["input_ids"][window.places[place]] for window, place in owned]
            assert pieces == whole["input_ids"]
            assert [window.offsets[place] for window, place in owned] == whole["offset_mapping"]


def test_what_fits_is_one_window_and_what_does_not_has_context(tokenizer: Any) -> None:
    """A piece has half a stride of context at least on either side where a window is cut."""
    (only,) = windows_of(["one two three"], tokenizer, max_length=64)
    assert list(only.own) == list(range(len(only.places)))
    found = list(windows_of([" ".join(TEXTS * 20)], tokenizer, max_length=32))
    stride = stride_of(tokenizer, 32)
    assert len(found) > 4 and stride == 10
    for before, after in pairwise(found):
        assert len(before.places) - before.own.stop >= stride // 2
        assert after.own.start >= stride // 2
