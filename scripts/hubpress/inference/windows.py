"""Sentences in words -> windows that a model can read whole, with every word answered for in one of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

Span = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Words ``start`` to ``stop`` of a sentence, of which ``first`` to ``last`` (excluded) are the window's own.

    The others are its context: another window owns them, where they stand further from a border.
    """

    start: int
    stop: int
    first: int
    last: int


@dataclass(frozen=True)
class Cut:
    """A window of a sentence, which is counted from 0 in its batch, with the words in it and those it owns."""

    sentence: int
    window: Window
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words as the model reads them."""
        return " ".join(self.words)

    @property
    def own(self) -> range:
        """The places of the window's own words among its words."""
        return range(self.window.first - self.window.start, self.window.last - self.window.start)


def windows(counts: Sequence[int], size: int) -> list[Window]:
    """Return the windows of a sentence whose words have *counts* pieces; each window holds at most *size* pieces.

    Neighbours share up to a third of *size*, and the border between their own words lies in the middle of what they
    share. A word of more than *size* pieces is a window of its own, which the tokenizer has to cut.
    """
    reached = [0, *accumulate(counts)]
    words = len(counts)
    found: list[Window] = []
    start = first = 0
    while start < words:
        stop = start + 1
        while stop < words and reached[stop + 1] - reached[start] <= size:
            stop += 1
        following = last = stop
        if stop < words:
            # The next window has to hold the word after this one, or nothing would be won by it.
            following = start + 1
            while following < stop and (
                reached[stop] - reached[following] > size // 3 or reached[stop + 1] - reached[following] > size
            ):
                following += 1
            middle = (reached[following] + reached[stop]) / 2
            last = next(word for word in range(following, stop + 1) if reached[word] >= middle)
        if first < last:
            found.append(Window(start, stop, first, last))
        start, first = following, last
    return found


def word_spans(words: Sequence[str]) -> list[Span]:
    """Return where each word begins and ends in the words joined by spaces."""
    ends = accumulate((len(word) + 1 for word in words), initial=0)
    return [(start, start + len(word)) for start, word in zip(ends, words, strict=False)]


def first_pieces(offsets: Sequence[Span], spans: Sequence[Span]) -> list[int | None]:
    """Return for each word the number of the first piece with a character of it.

    A piece may begin with the space before its word, as SentencePiece's do. None stands for a word of which the
    tokenizer leaves nothing (a lone zero-width space).
    """
    found: list[int | None] = [None] * len(spans)
    begins = [start for start, _ in spans]
    for number, (start, end) in enumerate(offsets):
        word = _word_at(begins, end - 1)
        if start < end and start < spans[word][1] and found[word] is None:
            found[word] = number
    return found


def cut(sentences: Sequence[Sequence[str]], tokenizer: Any, *, max_length: int) -> list[Cut]:
    """Return the windows of every sentence (a list of words), in their order.

    Training and evaluation cut by this function alone. A window's text has at most *max_length* tokens, special ones
    included, unless it is a single word of more.
    """
    size = max_length - tokenizer.num_special_tokens_to_add()
    texts = [" ".join(words) for words in sentences]
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    found: list[Cut] = []
    for number, (words, offsets) in enumerate(zip(sentences, encoded["offset_mapping"], strict=True)):
        whole = Window(0, len(words), 0, len(words))
        pieces = [whole] if len(offsets) <= size else windows(_piece_counts(words, offsets, tokenizer), size)
        found += [Cut(number, window, tuple(words[window.start : window.stop])) for window in pieces]
    return found


def _piece_counts(words: Sequence[str], offsets: Sequence[Span], tokenizer: Any) -> list[int]:
    """Return how many pieces each word has at most: at a window's beginning byte-level BPE may cut it otherwise."""
    counts = [0] * len(words)
    begins = [start for start, _ in word_spans(words)]
    for start, end in offsets:
        counts[_word_at(begins, max(start, end - 1))] += 1
    alone = tokenizer(list(words), add_special_tokens=False, verbose=False)["input_ids"]
    return [max(count, len(ids)) for count, ids in zip(counts, alone, strict=True)]


def _word_at(begins: Sequence[int], character: int) -> int:
    return max(bisect_right(begins, character) - 1, 0)
