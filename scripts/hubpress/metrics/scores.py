"""Scores of class ids against class ids: scikit-learn's functions, as ``evaluate`` puts them together.

The shell of ``evaluate`` is thin, but kept: hubpress is built on ``evaluate``, which is used nowhere else; a release
states its version, and a metric from the Hub could stand beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import datasets
import numpy as np
from sklearn import metrics as sk

import evaluate

# zero_division=0: a class that is never predicted has precision 0, as scikit-learn's own default without its warning.
SCORES: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    **{
        f"{score}_{average}": partial(function, average=average, zero_division=0)
        for score, function in (("f1", sk.f1_score), ("precision", sk.precision_score), ("recall", sk.recall_score))
        for average in ("macro", "weighted")
    },
}


class _ClassScore(evaluate.Metric):  # type: ignore[misc]
    """One score as an ``evaluate.Metric`` that needs no download."""

    def _info(self) -> evaluate.MetricInfo:
        ids = datasets.Value("int64")
        return evaluate.MetricInfo(
            description=f"{self.config_name} of class ids, by scikit-learn.",
            citation="",
            features=datasets.Features({"predictions": ids, "references": ids}),
        )

    def _compute(self, predictions: Any, references: Any) -> dict[str, float]:
        return {self.config_name: float(SCORES[self.config_name](references, predictions))}


def class_scores(names: Sequence[str], *, predictions: np.ndarray, references: np.ndarray) -> dict[str, float]:
    """Return the named scores of ids (records,) against ids; other names than those of ``SCORES`` are left out."""
    known = [_ClassScore(config_name=name) for name in names if name in SCORES]
    if not known:
        return {}
    return dict(evaluate.combine(known).compute(predictions=predictions, references=references))
