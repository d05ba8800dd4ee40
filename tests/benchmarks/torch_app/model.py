"""The same Space on ``transformers.pipeline`` and torch: this file instead of ``spaces/shared/model.py``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from settings import Settings, local_model
from transformers import pipeline


class TextModel:
    """The pipeline of the folder MODEL_DIR."""

    def __init__(self, settings: Settings) -> None:
        """Load it as its documentation shows it; only the scores are asked for as logits, since the app decides."""
        folder = local_model()
        assert folder is not None
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._pipe = pipeline("text-classification", model=str(folder), top_k=None, function_to_apply="none")
        self.max_length = self._pipe.tokenizer.model_max_length

    def encode(self, text: str) -> list[str]:
        """Return the text: the pipeline makes tokens of it, and does not tell whether it was too long."""
        return [text]

    def logits(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the logits of each text."""
        ids = self._pipe.model.config.label2id
        answers = self._pipe(list(texts), truncation=True)
        return [
            np.array([entry["score"] for entry in sorted(found, key=lambda entry: ids[entry["label"]])])
            for found in answers
        ]


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0))
