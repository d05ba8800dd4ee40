"""What a token classification pipeline answers: entities as spans of a text, and the tag of each piece."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hubpress.inference.batching import by_length
from hubpress.inference.windows import Window, stride_of
from hubpress.text import tight

STRATEGIES = ("simple", "first", "average", "max")
"""The stock values of ``aggregation_strategy``; of equally good ones the first is chosen."""

_BATCHES = 16  # at a time: enough to sort by length, few enough that the pipeline's raw answers stay small


@dataclass(frozen=True)
class FoundEntity:
    """An entity of a text: characters ``start`` to ``end`` (excluded), its type, its score, and what stands there."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


def entity_spans(pipe: Any, texts: Sequence[str], *, strategy: str, batch_size: int) -> Iterator[list[FoundEntity]]:
    """Yield each text's entities, as ``pipe(text, aggregation_strategy=strategy, stride=...)`` finds them.

    They are the pipeline's, but ``word`` is the text from ``start`` to ``end``: the pipeline's own word is
    joined from pieces, which have lost case and accents and gained spaces ("state - of - the - art"). White space at
    its borders, which SentencePiece counts to the word, is left out.
    """
    for text, found in zip(texts, _answers(pipe, texts, batch_size, aggregation_strategy=strategy), strict=True):
        yield [_as_in(text, entity) for entity in found]


def spans_by_strategy(pipe: Any, texts: Sequence[str], *, batch_size: int) -> Iterator[dict[str, list[FoundEntity]]]:
    """Yield each text's entities by every stock strategy; the model itself is asked once."""
    with _aggregating_by_all(pipe):
        for text, found in zip(texts, _answers(pipe, texts, batch_size, aggregation_strategy="simple"), strict=True):
            yield {strategy: [_as_in(text, entity) for entity in entities] for strategy, entities in found.items()}


def piece_answers(pipe: Any, windows: Sequence[Window], *, batch_size: int) -> list[list[int]]:
    """Return for each window the tag ids of its pieces, those with the best scores."""
    import torch

    found: dict[int, list[int]] = {}
    order = sorted(range(len(windows)), key=lambda number: len(windows[number].places))
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        padded = pipe.tokenizer.pad([windows[number].inputs for number in chosen], return_tensors="pt").to(pipe.device)
        with torch.no_grad():
            tags = pipe.model(**padded).logits.argmax(dim=-1)
        before = padded["input_ids"].shape[1] if pipe.tokenizer.padding_side == "left" else 0
        for number, row in zip(chosen, tags.tolist(), strict=True):
            shift = before and before - len(windows[number].inputs["input_ids"])
            found[number] = [row[place + shift] for place in windows[number].places]
    return [found[number] for number in range(len(windows))]


def _as_in(text: str, entity: dict[str, Any]) -> FoundEntity:
    start, end = tight(text, (int(entity["start"]), int(entity["end"])))
    return FoundEntity(str(entity["entity_group"]), float(entity["score"]), text[start:end], start, end)


def _answers(pipe: Any, texts: Sequence[str], batch_size: int, **options: Any) -> Iterator[Any]:
    """Yield the pipeline's answers in the texts' order, though it reads them sorted by length, some at a time.

    A stride lets long texts be read whole.
    """
    stride = stride_of(pipe.tokenizer)
    for start in range(0, len(texts), _BATCHES * batch_size):
        chunk = texts[start : start + _BATCHES * batch_size]
        with warnings.catch_warnings():
            # Of tokenizers that do not mark where a word goes on; which strategy is good with them is measured.
            warnings.filterwarnings("ignore", message="Tokenizer does not support real words")
            answers = by_length(chunk, lambda some: pipe(some, batch_size=batch_size, stride=stride, **options))
        yield from answers


@contextmanager
def _aggregating_by_all(pipe: Any) -> Iterator[None]:
    """Let a pipeline answer with the entities of each strategy, from one pass of its model."""
    from transformers.pipelines.token_classification import AggregationStrategy

    own = pipe.postprocess

    def postprocess(outputs: Any, aggregation_strategy: Any, **options: Any) -> dict[str, Any]:
        return {name: own(outputs, AggregationStrategy[name.upper()], **options) for name in STRATEGIES}

    pipe.postprocess = postprocess
    try:
        yield
    finally:
        del pipe.postprocess  # the class's own again
