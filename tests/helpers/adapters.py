"""Adapters of people, made by peft on the tiny base: far enough from their base to answer unlike it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from helpers.checkpoints import classifier


def adapted(base: Path, labels: int = 2, **settings: Any) -> tuple[Any, Any]:
    """Return a model of the tiny base with an adapter of random weights, and its tokenizer.

    *settings* go over those of ``LoraConfig``; with ``config`` they are all of it.
    """
    from peft import LoraConfig, get_peft_model

    model, tokenizer = classifier(base, [f"LABEL_{number}" for number in range(labels)])
    usual = {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 16, "target_modules": ["query", "value"]}
    config = settings.pop("config", None) or LoraConfig(**{**usual, **settings})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft's, of what transformers calls by another name now
        model = get_peft_model(model, config)
    with torch.no_grad():
        for name, part in model.named_parameters():
            if part.requires_grad and "magnitude" not in name:
                part.copy_(torch.randn(part.shape, generator=torch.Generator().manual_seed(1)) * 0.3)
    return model.eval(), tokenizer


def save_adapter(base: Path, folder: Path, **settings: Any) -> Path:
    """Save such a model as peft does, with its tokenizer; return the folder."""
    for part in adapted(base, **settings):
        part.save_pretrained(folder)
    return folder
