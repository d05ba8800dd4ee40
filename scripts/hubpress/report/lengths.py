"""How long the texts are: in tokens of the base's tokenizer, or in words where it cannot be loaded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from hubpress.bases.find import load_tokenizer
from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.inference.inputs import ModelInput, texts_of
from hubpress.recipe.recipe import Recipe
from hubpress.report.texts import Records, SplitTexts
from hubpress.schemas.data_report import Lengths, SplitLengths
from hubpress.schemas.record_doubts import CutTexts

MOST_MEASURED = 10_000
"""Records of a split whose lengths are measured, at most."""
MOST_CHARACTERS = 10_000_000
"""In those."""

Counter = Callable[[list[ModelInput]], list[int]]


def base_tokenizer(recipe: Recipe) -> Any:
    """Return the base's tokenizer. Raises HubpressError where it is neither here nor on a Hub that answers."""
    if recipe.starts_from.id is None:  # a folder, or in a package
        return load_tokenizer(recipe)
    with suppress(HubpressError):
        return load_tokenizer(recipe, local_files_only=True)
    hub = Hub.of_environment()
    if not hub.is_reachable():  # transformers would try for most of a minute
        raise HubpressError(f"{hub.endpoint} cannot be reached.")
    return load_tokenizer(recipe)


def lengths(recipe: Recipe, records: Records, tokenizer: Any | None, why_words: str | None) -> Lengths:
    """Return the lengths of the texts, of large splits those of a random sample.

    They are in words where there is no *tokenizer*, and *why_words* says why not.
    """
    count, limit = (_counter(tokenizer), recipe.tokenizer.max_length) if tokenizer else (_words, None)
    return Lengths(
        unit="tokens" if tokenizer else "words",
        why_words=why_words,
        max_length=recipe.tokenizer.max_length,
        windows=recipe.task == "token",
        splits={name: _measured(split, count, limit) for name, split in records.splits.items()},
    )


def cut_texts(measured: Lengths, *, max_cut: float) -> CutTexts | None:
    """Return what the model does not read, of the split of which that is most; None where it is at most *max_cut*."""
    if measured.windows:
        return None
    shares = {name: split.over for name, split in measured.splits.items() if split.over is not None}
    worst = max(shares, key=lambda name: shares[name], default=None)
    if worst is None or shares[worst] <= max_cut:
        return None
    found = {"split": worst, "share": shares[worst], "max_length": measured.max_length, "limit": max_cut}
    return CutTexts.model_validate(found)


def _measured(split: SplitTexts, count: Counter, limit: int | None) -> SplitLengths:
    rows = split.drawn(MOST_MEASURED, MOST_CHARACTERS)
    found = np.array([length for inputs in split.inputs(rows) for length in count(inputs)])
    return SplitLengths(
        measured=len(found),
        median=float(np.median(found)),
        percentile_95=round(float(np.percentile(found, 95)), 1),
        longest=int(found.max()),
        over=None if limit is None else round(float((found > limit).mean()), 6),
    )


def _counter(tokenizer: Any) -> Counter:
    def count(inputs: list[ModelInput]) -> list[int]:
        # Not verbose: that a text is longer than the model reads is what is looked for.
        encoded = tokenizer(*texts_of(inputs), return_attention_mask=False, return_token_type_ids=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    return count


def _words(inputs: list[ModelInput]) -> list[int]:
    return [sum(len(text.split()) for text in one) for one in zip(*texts_of(inputs), strict=True)]
