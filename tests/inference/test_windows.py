"""Windows of long sentences: every word is owned once, and no window is too long."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from hubpress.inference.windows import cut, first_pieces, windows, word_spans


def test_every_word_is_owned_once_and_every_window_fits() -> None:
    """Also with words of no piece and words longer than a window, which stand alone."""
    rng = random.Random(0)
    for _ in range(3000):
        size = rng.randint(1, 30)
        counts = [rng.choice((0, 1, 1, 2, rng.randint(1, size + 3))) for _ in range(rng.randint(1, 60))]
        found = windows(counts, size)
        assert [word for window in found for word in range(window.first, window.last)] == list(range(len(counts)))
        for window in found:
            assert window.start <= window.first < window.last <= window.stop
            assert sum(counts[window.start : window.stop]) <= size or window.stop == window.start + 1, (counts, size)


def test_what_fits_is_one_window_and_what_does_not_has_context() -> None:
    """Between two windows a word has at least a seventh of the window around it on either side."""
    (only,) = windows([1] * 30, 30)
    assert (only.start, only.stop, only.first, only.last) == (0, 30, 0, 30)
    found = windows([1] * 1000, 30)
    assert len(found) > 1
    for before, after in pairwise(found):
        assert before.stop - before.last >= 30 // 7
        assert after.first - after.start >= 30 // 7


@pytest.mark.parametrize(
    ("offsets", "firsts"),
    [
        ([(0, 0), (0, 2), (2, 4), (5, 8), (0, 0)], [1, 3]),
        ([(0, 4), (4, 8)], [0, 1]),  # SentencePiece: the piece begins with the space
        ([(0, 4), (4, 5), (5, 8)], [0, 2]),  # and a space by itself is no piece of the word after it
        ([(1, 4)], [0, None]),  # the tokenizer leaves out a first character, and a whole word
    ],
)
def test_the_first_piece_of_a_word(offsets: list[tuple[int, int]], firsts: list[int | None]) -> None:
    """A word is found by its characters, in any tokenizer's way of counting them."""
    assert first_pieces(offsets, word_spans(["soup", "art"])) == firsts


def test_byte_level_bpe_keeps_windows_within_the_length() -> None:
    """A word at a window's beginning has no space before it, which byte-level BPE may cut into more pieces."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    plain = ByteLevelBPETokenizer()
    plain.train_from_iterator(
        ["one two three four five six"] * 20, vocab_size=300, min_frequency=2, show_progress=False
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain._tokenizer)
    sentence = ["three", "six", "zebra", "five"] * 20
    cuts = cut([sentence], tokenizer, max_length=12)
    assert all(len(tokenizer(piece.text)["input_ids"]) <= 12 for piece in cuts)
    assert [piece.words[word] for piece in cuts for word in piece.own] == sentence
