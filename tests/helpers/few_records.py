"""Sample recipes on tiny random bases, and what the head of a saved model reads of texts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from hubpress.content import content_dir
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe

LONGEST = 60  # tokens
WIDE: dict[str, Any] = {"initializer_range": 0.5, "init_std": 0.5, "initializer_factor": 5.0}
"""As random weights must be for texts to differ: each architecture knows one of these."""


def recipe_of(model: str, base: Path, training: str, *overrides: str, models: Path | None = None) -> Recipe:
    """Return a sample recipe on a tiny base, of *models* or else of those that come with hubpress."""
    words = [f"base_model={{path: {base}}}", f"tokenizer.max_length={LONGEST}", "onnx.export=false"]
    folder = models or content_dir("models") / ("templates" if model == "regression" else "")
    return load_recipe(
        model, models_dir=folder, sample=True, overrides=[*words, f"training={{{training}}}", *overrides]
    )


def read_by_head(folder: Path, texts: Iterable[str], head: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what the last layer of a saved model reads of texts, and the logits, by transformers alone."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokens = AutoTokenizer.from_pretrained(folder)(
        list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
    )
    seen: list[torch.Tensor] = []
    model.get_submodule(head).register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.inference_mode():
        logits = model(**tokens).logits
    return seen[0].double().numpy(), logits.double().numpy()
