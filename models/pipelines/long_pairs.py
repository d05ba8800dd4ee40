"""Two long texts, cut to what a model can read of them before a tokenizer joins them.

Of a pair that it truncates the tokenizers library keeps what it cuts off: each window of one text joined with each of
the other, 23 GB of two texts of 15,000 tokens.
"""

from __future__ import annotations

from itertools import count
from typing import Any

_CHARACTERS = 8  # for each token that is read: of texts that are no longer, few windows are cut off
_SPARE = 2  # times the tokens that are read are left of a text, since a cut may change those beside it
_LONGEST_FIRST = (True, "longest_first")


def read_of_pair(
    tokenizer: Any, text: str, text_pair: str, *, truncation: Any = True, max_length: int | None = None
) -> tuple[str, str]:
    """Return the beginnings of two texts, of which *tokenizer* makes the same tokens as of the whole texts.

    They are the texts themselves where these are short, or are not truncated from their ends, the longer one first.
    """
    length = max_length or tokenizer.model_max_length
    is_short = len(text) + len(text_pair) <= _CHARACTERS * length
    if is_short or not tokenizer.is_fast or truncation not in _LONGEST_FIRST or tokenizer.truncation_side != "right":
        return text, text_pair
    first, second = (_encoded(tokenizer, one) for one in (text, text_pair))
    is_first_longer = len(first["input_ids"]) > len(second["input_ids"])  # it gets a token more where they are odd
    for power in count():
        left = length * _SPARE * 2**power
        cut = (_cut(text, first, left + length if is_first_longer else left), _cut(text_pair, second, left))
        if cut == (text, text_pair):
            return cut
        ids, ids_pair = (_encoded(tokenizer, one)["input_ids"] for one in cut)
        is_same = ids[:length] == first["input_ids"][:length] and ids_pair[:length] == second["input_ids"][:length]
        if is_same and (len(ids) > len(ids_pair)) == is_first_longer:
            return cut
    raise AssertionError("count() has no end")


def _encoded(tokenizer: Any, text: str) -> Any:
    return tokenizer(text, add_special_tokens=False, truncation=False, return_offsets_mapping=True, verbose=False)


def _cut(text: str, encoded: Any, tokens: int) -> str:
    offsets = encoded["offset_mapping"]
    return text if len(offsets) <= tokens else text[: offsets[tokens - 1][1]]
