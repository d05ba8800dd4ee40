"""Metrics as ``evaluate.Metric`` objects that need no download; each wraps scikit-learn's function of the same name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import datasets
import evaluate
import numpy as np
from sklearn import metrics as sk

# zero_division=0: a class that is never predicted has precision 0, as scikit-learn's own default without its warning.
SCORES: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "f1_macro": partial(sk.f1_score, average="macro", zero_division=0),
    "f1_weighted": partial(sk.f1_score, average="weighted", zero_division=0),
    "precision_macro": partial(sk.precision_score, average="macro", zero_division=0),
    "precision_weighted": partial(sk.precision_score, average="weighted", zero_division=0),
    "recall_weighted": partial(sk.recall_score, average="weighted", zero_division=0),
    "recall_macro": partial(sk.recall_score, average="macro", zero_division=0),
}


class ClassMetric(evaluate.Metric):  # type: ignore[misc]
    """One score of class ids against class ids; ``compute(predictions=, references=)`` gives ``{name: float}``."""

    def __init__(self, name: str) -> None:
        self._score = SCORES[name]
        super().__init__(config_name=name)

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=f"{self.config_name} of class ids, by scikit-learn.",
            citation="",
            features=datasets.Features({"predictions": datasets.Value("int64"), "references": datasets.Value("int64")}),
        )

    def _compute(self, predictions: Any, references: Any) -> dict[str, float]:
        return {self.config_name: float(self._score(references, predictions))}


def class_metrics(names: tuple[str, ...]) -> evaluate.CombinedEvaluations:
    """Return the named metrics as one object: ``compute(predictions=, references=)`` gives ``{name: float}``."""
    return evaluate.combine([ClassMetric(name) for name in names])


def bootstrap_intervals(
    names: tuple[str, ...],
    references: np.ndarray,
    predictions: np.ndarray,
    *,
    samples: int,
    confidence: float,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Return each metric's percentile bootstrap interval (``low``, ``high``) and ``standard_error`` over test records.

    Efron and Tibshirani 1993, chapter 13, by ``scipy.stats.bootstrap``; pairs of reference and prediction are drawn.
    """
    from scipy.stats import bootstrap

    intervals: dict[str, dict[str, float]] = {}
    for name in names:
        result = bootstrap(
            (references, predictions),
            SCORES[name],
            paired=True,
            vectorized=False,
            n_resamples=samples,
            confidence_level=confidence,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
        low, high = (float(bound) for bound in result.confidence_interval)
        intervals[name] = {"low": low, "high": high, "standard_error": float(result.standard_error)}
    return intervals
