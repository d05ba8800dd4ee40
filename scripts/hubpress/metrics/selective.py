"""A model that may leave a record unanswered: how many it answers, and how many of those answers are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COVERAGE, SELECTIVE_ACCURACY = "coverage", "selective_accuracy"


@dataclass(frozen=True, eq=False)
class SelectiveAnswers:
    """Whether each record is answered (records,), and whether its best label is the right one (records,).

    Coverage is the share of answered records, selective accuracy that of right answers among them (El-Yaniv and Wiener
    2010, "On the Foundations of Noise-free Selective Classification"); it is 0 where nothing is answered.
    """

    answered: np.ndarray
    correct: np.ndarray

    def __len__(self) -> int:
        return len(self.answered)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return coverage and selective accuracy, or one of them."""
        figures = self.resampled(names, np.ones((1, len(self))))
        return {name: float(row[0]) for name, row in zip(names, figures, strict=True)}

    def bearing(self, name: str) -> int:
        """Return how many records a figure is of: selective accuracy is of those that are answered."""
        return int(self.answered.sum()) if name == SELECTIVE_ACCURACY else len(self)

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the same (names, resamples) with each record counted by weights (resamples, records)."""
        answered = weights @ self.answered.astype(np.float64)
        right = weights @ (self.answered & self.correct).astype(np.float64)
        found = {COVERAGE: answered / weights.sum(axis=1), SELECTIVE_ACCURACY: right / np.maximum(answered, 1)}
        return np.stack([found[name] for name in names])
