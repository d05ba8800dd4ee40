"""One text or two: what the columns of prepared records hold, what a pipeline is given, and both texts as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset

TEXTS = ("text", "text_pair")
"""The columns of the texts that a model reads, the second one of pairs alone."""
ModelInput = str | dict[str, str]
"""What a pipeline is given: a text, or a pair as ``{"text": …, "text_pair": …}``."""
# White space to a reader, and in no text of people: "a" with "bc" is another pair than "ab" with "c".
_BETWEEN = "\x1f"


def given(text: str, text_pair: str | None = None) -> ModelInput:
    """Return a text or a pair as a pipeline is given it."""
    return text if text_pair is None else {"text": text, "text_pair": text_pair}


def texts_in(table: Dataset) -> list[str]:
    """Return the columns of texts that a table of records has."""
    return [name for name in TEXTS if name in table.column_names]


def inputs_of(columns: Mapping[str, Sequence[Any]]) -> list[ModelInput]:
    """Return the texts or pairs of records, given by their columns."""
    texts, pairs = columns["text"], columns.get("text_pair")
    return list(texts) if pairs is None else [given(*pair) for pair in zip(texts, pairs, strict=True)]


def texts_of(inputs: Iterable[ModelInput]) -> list[list[str]]:
    """Return inputs as a tokenizer reads a batch of them: a list of all texts, and of pairs a list of the second."""
    listed = list(inputs)
    if any(isinstance(one, dict) for one in listed):
        return [[one[name] for one in listed if isinstance(one, dict)] for name in TEXTS]
    return [[one for one in listed if isinstance(one, str)]]


def length_of(one: ModelInput) -> int:
    """Return how many characters an input has."""
    return len(one) if isinstance(one, str) else sum(map(len, one.values()))


def whole_text(text: str, text_pair: str | None = None) -> str:
    """Return both texts of a pair as one, which no other pair gives; a single text as it is."""
    return text if text_pair is None else f"{text}{_BETWEEN}{text_pair}"


def whole_texts(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return :func:`whole_text` of each record, given by their columns."""
    pairs = columns.get("text_pair")
    return [whole_text(*one) for one in (zip(columns["text"], pairs, strict=True) if pairs else zip(columns["text"]))]


def shown_text(text: str, text_pair: str | None = None) -> str:
    """Return both texts of a pair for people to read; a single text as it is."""
    return text if text_pair is None else f"{text} | {text_pair}"
