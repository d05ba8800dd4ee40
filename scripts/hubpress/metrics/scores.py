"""Metrics as ``evaluate.Metric`` objects that need no download; each wraps scikit-learn's function of the same name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import datasets
import evaluate
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
