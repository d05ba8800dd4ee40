"""Tiny models of static embeddings, made with model2vec."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np


def save_static(folder: Path, texts: Iterable[str], *, dimensions: int = 24) -> Path:
    """Save a model of random vectors for the words of some texts; return its folder."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(texts, trainers.WordLevelTrainer(special_tokens=["[UNK]"], show_progress=False))
    vectors = np.random.default_rng(5).normal(size=(tokenizer.get_vocab_size(), dimensions)).astype(np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(folder)
    return folder
