"""The texts of the train split, for the card: their lengths in tokens, and one of each label where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.inference.inputs import inputs_of, shown_text, texts_in, texts_of
from hubpress.metrics.iob2 import types_of
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.training_texts import TrainingTexts
from hubpress.text import shorten

if TYPE_CHECKING:
    from datasets import Dataset

MOST_LABELS = 100
"""A model of more labels prints no training texts: nobody would read them."""
_SHOWN = 160  # characters
_BATCH = 1_000


def training_texts(recipe: Recipe, train: Dataset, tokenizer: Any, labels: Sequence[str]) -> TrainingTexts:
    """Return what is said of the train split; *labels* are in the order of their ids, of a token model IOB2 tags."""
    lengths = np.concatenate([*_lengths(train, tokenizer)])
    is_wanted = recipe.card.print_training_texts and not recipe.targets
    return TrainingTexts(
        count=len(lengths),
        shortest=int(lengths.min()),
        median=float(np.median(lengths)),
        longest=int(lengths.max()),
        examples=_examples(recipe, train, labels) if is_wanted else None,
    )


def _lengths(train: Dataset, tokenizer: Any) -> Iterator[np.ndarray]:
    for batch in train.select_columns(texts_in(train)).iter(batch_size=_BATCH):
        texts = texts_of(inputs_of(batch))
        # Not verbose: a text that is longer than the model reads is cut when it is trained on.
        ids = tokenizer(*texts, return_attention_mask=False, return_token_type_ids=False, verbose=False)["input_ids"]
        yield np.array([len(one) for one in ids])


def _examples(recipe: Recipe, train: Dataset, labels: Sequence[str]) -> dict[str, str] | None:
    names = types_of(labels) if recipe.task == "token" else labels
    if len(names) > MOST_LABELS:
        return None
    found: dict[str, str] = {}
    for batch in train.iter(batch_size=_BATCH):
        pairs = batch.get("text_pair") or [None] * len(batch["text"])
        for text, pair, answer in zip(batch["text"], pairs, batch[recipe.kind.answer_column], strict=True):
            for name, shown in _shown(names, text, pair, answer):
                found.setdefault(name, shown)
        if len(found) == len(names):
            break
    return {name: found[name] for name in names if name in found}


def _shown(names: Sequence[str], text: str, pair: str | None, answer: Any) -> Iterator[tuple[str, str]]:
    """Yield each label of a record with what is printed of it."""
    if isinstance(answer, int):
        yield names[answer], shorten(shown_text(text, pair), _SHOWN)
        return
    for one in answer:
        if isinstance(one, int):
            yield names[one], shorten(shown_text(text, pair), _SHOWN)
        else:
            start, end, kind = one
            yield names[kind], shorten(text[start:end], _SHOWN)
