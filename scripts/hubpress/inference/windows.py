"""Texts -> the windows in which a model reads them, cut by the tokenizer as ``pipeline(…, stride=…)`` has them cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hubpress.text import Span

_LONGEST_STRIDE = 128


@dataclass(frozen=True)
class Window:
    """What a model reads at once of a text, which is counted from 0 in its batch.

    A piece that stands in two windows is the own piece of the one in which it has more context.
    """

    text: int
    inputs: dict[str, list[int]]
    """What the model is given, special tokens included."""
    places: list[int]
    """Where in ``inputs`` the text's own pieces stand, without special tokens."""
    offsets: list[Span]
    """The characters of each of these pieces in the whole text."""
    own: range
    """Which of these pieces are the window's own."""


def stride_of(tokenizer: Any, max_length: int | None = None) -> int:
    """Return how many pieces two neighbouring windows share: a third of one, 128 at most."""
    size: int = (max_length or tokenizer.model_max_length) - tokenizer.num_special_tokens_to_add()
    return min(size // 3, _LONGEST_STRIDE)


def windows_of(texts: Sequence[str], tokenizer: Any, *, max_length: int) -> Iterator[Window]:
    """Yield the windows of every text in their order, at least one each, of *max_length* tokens at most."""
    stride = stride_of(tokenizer, max_length)
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    samples = encoded["overflow_to_sample_mapping"]
    inputs = {name: values for name, values in encoded.items() if name in tokenizer.model_input_names}
    for number, text in enumerate(samples):
        places = [place for place, special in enumerate(encoded["special_tokens_mask"][number]) if not special]
        follows = number > 0 and samples[number - 1] == text
        is_followed = number + 1 < len(samples) and samples[number + 1] == text
        first = stride // 2 if follows else 0
        last = len(places) - (stride - stride // 2 if is_followed else 0)
        offsets = encoded["offset_mapping"][number]
        yield Window(
            text,
            {name: values[number] for name, values in inputs.items()},
            places,
            [(start, end) for start, end in (offsets[place] for place in places)],
            range(first, last),
        )
