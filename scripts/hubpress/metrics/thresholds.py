"""Choosing thresholds on validation scores: for one positive class, for all labels together, for each label."""

from __future__ import annotations

import numpy as np

# The step of the grid for many labels, and the finest that a card prints.
_STEP = 0.01
# Labels with fewer positives on validation keep the common threshold: their own would be chosen by chance.
_FEWEST = 5


def best_f1_threshold(scores: np.ndarray, positive: np.ndarray) -> float:
    """Return the threshold of the highest F1 for scores (n,) against truth (n,), in O(n log n).

    It lies halfway between two scores, so that a score's last digit decides nothing, and strictly between 0 and 1.
    Of equally good thresholds the highest is taken. Raises ValueError when the truth holds no positive.
    """
    if not positive.any():
        raise ValueError("no positive")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order].astype(np.float64), np.cumsum(positive[order])
    # F1 = 2 tp / (predicted + positives), for every cut; a cut between two equal scores cannot be made.
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1])
    f1[:-1][ranked[:-1] == ranked[1:]] = -1
    last = int(np.argmax(f1))
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return float(np.clip((ranked[last] + below) / 2, 1e-6, 1 - 1e-6))


def weighted_f1(scores: np.ndarray, truth: np.ndarray, thresholds: np.ndarray | float) -> float:
    """Return the F1 of each label, weighted by its positives, for scores and truth (n, labels).

    *thresholds* is one number or one a label; a label without positives does not count (scikit-learn's ``weighted``).
    """
    predicted = scores >= thresholds
    hits, support = (predicted & truth).sum(axis=0), truth.sum(axis=0)
    f1 = 2 * hits / np.maximum(predicted.sum(axis=0) + support, 1)
    return float((f1 * support).sum() / max(int(support.sum()), 1))


def best_common_threshold(scores: np.ndarray, truth: np.ndarray, *, beside: float) -> float:
    """Return the threshold in steps of 0.01, or *beside*, of the highest weighted F1 for scores (n, labels).

    Because *beside* (the reference's threshold) is a candidate, the result is never worse than it on these scores.
    """
    candidates = [beside, *np.round(np.arange(_STEP, 1, _STEP), 2).tolist()]
    return float(max(candidates, key=lambda threshold: weighted_f1(scores, truth, threshold)))


def best_label_thresholds(scores: np.ndarray, truth: np.ndarray, *, common: float) -> np.ndarray:
    """Return one threshold a label (labels,): its own best F1, or *common* where validation has too few positives.

    Weighted F1 is a sum over labels, so that no choice of thresholds is better on these scores than each label's best.
    """
    chosen = np.full(scores.shape[1], common)
    for label in np.flatnonzero(truth.sum(axis=0) >= _FEWEST):
        own = best_f1_threshold(scores[:, label], truth[:, label])
        column = slice(int(label), int(label) + 1)
        if weighted_f1(scores[:, column], truth[:, column], own) > weighted_f1(
            scores[:, column], truth[:, column], common
        ):
            chosen[label] = own
    return chosen
