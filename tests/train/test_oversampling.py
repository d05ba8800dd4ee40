"""Rare labels, repeated."""

from __future__ import annotations

import numpy as np
from datasets import Dataset

from hubpress.train.oversampling import oversampled


def test_oversampling_fills_up_rare_labels() -> None:
    """Every label stands as often as wanted; its records are repeated in turn; nothing is lost."""
    train = Dataset.from_dict({"labels": [[0]] * 9 + [[1, 0]] * 2 + [[2]], "row": list(range(12))})
    grown = oversampled(train, 5)
    counts = np.bincount([label for labels in grown["labels"] for label in labels])
    assert counts.tolist() == [9 + 2 + 3, 5, 5]
    assert list(grown["row"][:12]) == list(range(12))
    assert sorted(grown["row"][12:]) == [9, 9, 10, 11, 11, 11, 11]
    assert oversampled(train, None) is train
