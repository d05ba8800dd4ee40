"""What a token classification pipeline answers: a tag for each word, and entities as spans of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hubpress.inference.batching import by_length
from hubpress.inference.windows import Cut, first_pieces, word_spans

_BATCHES = 16  # at a time: enough to sort by length, few enough that the pipeline's raw answers stay small
_LONGEST_STRIDE = 128


@dataclass(frozen=True)
class FoundEntity:
    """An entity of a text: characters ``start`` to ``end`` (excluded), its type, its score, and what stands there."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


def word_tags(pipe: Any, cuts: Sequence[Cut], *, batch_size: int) -> Iterator[list[str | None]]:
    """Yield for each window the tags of its own words: that of the piece that begins a word, None without one."""
    texts = [piece.text for piece in cuts]
    answers = _answers(pipe, texts, batch_size, aggregation_strategy="none", ignore_labels=[])
    for piece, pieces in zip(cuts, answers, strict=True):
        firsts = first_pieces([(answer["start"], answer["end"]) for answer in pieces], word_spans(piece.words))
        numbers = (firsts[word] for word in piece.own)
        yield [None if number is None else str(pieces[number]["entity"]) for number in numbers]


def entity_spans(pipe: Any, texts: Sequence[str], *, batch_size: int) -> Iterator[list[FoundEntity]]:
    """Yield each text's entities by ``aggregation_strategy="average"``; a stride lets long texts be read whole.

    They are the pipeline's, but ``word`` is the text from ``start`` to ``end``: the pipeline's own word is
    joined from pieces, which have lost case and accents and gained spaces ("state - of - the - art"). White space at
    its borders, which SentencePiece counts to the word, is left out.
    """
    tokenizer = pipe.tokenizer
    size = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()
    stride = min(size // 3, _LONGEST_STRIDE)
    answers = _answers(pipe, texts, batch_size, aggregation_strategy="average", stride=stride)
    for text, found in zip(texts, answers, strict=True):
        yield [_as_in(text, entity) for entity in found]


def _as_in(text: str, entity: dict[str, Any]) -> FoundEntity:
    covered = text[entity["start"] : entity["end"]]
    start = int(entity["start"]) + len(covered) - len(covered.lstrip())
    word = covered.strip()
    return FoundEntity(str(entity["entity_group"]), float(entity["score"]), word, start, start + len(word))


def _answers(pipe: Any, texts: Sequence[str], batch_size: int, **options: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the pipeline's answers in the texts' order, though it reads them sorted by length, some at a time."""
    for start in range(0, len(texts), _BATCHES * batch_size):
        chunk = texts[start : start + _BATCHES * batch_size]
        yield from by_length(chunk, lambda some: pipe(some, batch_size=batch_size, **options))
