"""The stock pipeline of texts and pairs, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import TextClassificationPipeline

from hubpress.content import pipeline_module
from hubpress.inference.inputs import TEXTS


class ClassifierPipeline(TextClassificationPipeline):  # type: ignore[misc]
    """Answers as ``TextClassificationPipeline`` does; of long pairs the tokenizer is given what the model can read."""

    def preprocess(self, inputs: Any, **options: Any) -> Any:
        """Return the tokens of a text or a pair."""
        if isinstance(inputs, dict) and options.get("truncation") and set(inputs) == set(TEXTS):
            inputs = dict(
                zip(TEXTS, _read_of(self.tokenizer, inputs[TEXTS[0]], inputs[TEXTS[1]], options), strict=True)
            )
        return super().preprocess(inputs, **options)


def columns_read(tokenizer: Any, texts: Sequence[list[str]], *, max_length: int) -> list[list[str]]:
    """Return texts as they are, and of both columns of pairs what a tokenizer that cuts them at *max_length* reads."""
    if len(texts) < 2:
        return list(texts)
    first, second = texts
    pairs = [_read_of(tokenizer, *pair, {"max_length": max_length}) for pair in zip(first, second, strict=True)]
    return [list(column) for column in zip(*pairs, strict=True)]


def _read_of(tokenizer: Any, text: str, text_pair: str, options: dict[str, Any]) -> tuple[str, str]:
    how = {name: options[name] for name in ("truncation", "max_length") if name in options}
    read: tuple[str, str] = pipeline_module("long_pairs").read_of_pair(tokenizer, text, text_pair, **how)
    return read
