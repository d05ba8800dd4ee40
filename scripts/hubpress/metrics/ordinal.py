"""Labels with an order: an error counts the more, the further the answer is from the truth."""

from __future__ import annotations

import numpy as np

KAPPA = "kappa_quadratic"
"""The name of Cohen's kappa with quadratic weights."""


def quadratic_kappa(truth: np.ndarray, answers: np.ndarray) -> float:
    """Return Cohen's kappa with quadratic weights of class ids (records,), by scikit-learn.

    It is 0 where both are one and the same class throughout, of which it is not defined.
    """
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([truth, answers]))) < 2:
        return 0.0
    # All ids up to the greatest, so that the distance of two is that of their places and not of those that occur.
    ids = np.arange(int(max(truth.max(), answers.max())) + 1)
    return float(cohen_kappa_score(truth, answers, labels=ids, weights="quadratic"))


def resampled_kappa(truth: np.ndarray, answers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the same of resamples (resamples,), with each record counted by weights (resamples, records)."""
    true, answered = truth.astype(np.float64), answers.astype(np.float64)
    count = weights.sum(axis=1)
    seen = weights @ (true - answered) ** 2
    by_chance = weights @ (true**2 + answered**2) - 2 * (weights @ true) * (weights @ answered) / count
    share = np.divide(seen, by_chance, out=np.ones_like(seen), where=by_chance > 1e-9)
    kappa: np.ndarray = 1 - share
    return kappa
