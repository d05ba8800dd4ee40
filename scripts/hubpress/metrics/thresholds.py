"""Choosing thresholds on validation scores: for one positive class, for all labels together, for each label."""

from __future__ import annotations

import numpy as np

# The step of the grid for many labels, and the finest that a card prints.
_STEP = 0.01
# Labels with fewer positives on validation keep the common threshold: their own would be chosen by chance.
_FEWEST = 5
_FOLDS = 5
_DRAWN = 10  # positives for which a label's own threshold counts as much as the common one


def best_f1_threshold(scores: np.ndarray, positive: np.ndarray) -> float:
    """Return the threshold of the highest F1 for scores (n,) against truth (n,), in O(n log n).

    It lies halfway between two scores, so that a score's last digit decides nothing, and strictly between 0 and 1.
    Of equally good thresholds the highest is taken. Raises ValueError when the truth holds no positive.
    """
    if not positive.any():
        raise ValueError("no positive")
    order = np.argsort(-scores, kind="stable")
    return _best_cut(scores[order].astype(np.float64), np.cumsum(positive[order]))


def _best_cut(ranked: np.ndarray, hits: np.ndarray) -> float:
    """Return that threshold for sorted scores and how many positives there are down to each."""
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
    candidates = np.array([beside, *np.round(np.arange(_STEP, 1, _STEP), 2).tolist()])
    order = np.argsort(candidates, kind="stable")
    answered, hits = (np.empty((len(candidates), scores.shape[1]), dtype=np.int64) for _ in range(2))
    for label in range(scores.shape[1]):
        # How many candidates each score reaches; from the end on, how many scores reach each candidate.
        reached = np.searchsorted(candidates[order], scores[:, label].astype(np.float64), side="right")
        for counts, some in ((answered, reached), (hits, reached[truth[:, label]])):
            by_reach = np.bincount(some, minlength=len(candidates) + 1)[::-1].cumsum()[::-1]
            counts[order, label] = by_reach[1:]
    support = truth.sum(axis=0)
    f1 = 2 * hits / np.maximum(answered + support, 1)
    return float(candidates[np.argmax((f1 * support).sum(axis=1))])


def best_label_thresholds(scores: np.ndarray, truth: np.ndarray, *, common: float, seed: int = 0) -> np.ndarray:
    """Return one threshold a label (labels,): its own where that is better on records that did not choose it.

    A label's own threshold is that of its best F1, drawn towards *common*: by ``10 / (10 + positives)`` of the way, so
    that few positives say little. Five-fold cross-validation tells whether it is used: where the F1 of the label, each
    fold answered by the threshold of the other four, is higher than by *common*, which saw all five. All else keeps
    *common*, and so does a label with fewer than 5 positives.
    """
    folds = np.random.default_rng(seed).permutation(len(scores)) % _FOLDS
    chosen = np.full(scores.shape[1], common)
    for label in np.flatnonzero(truth.sum(axis=0) >= _FEWEST):
        column, positive = scores[:, label].astype(np.float64), truth[:, label]
        own, by_fold = _drawn_thresholds(column, positive, folds, common)
        if _f1(column >= by_fold[folds], positive) > _f1(column >= common, positive):
            chosen[label] = own
    return chosen


def _drawn_thresholds(
    scores: np.ndarray, positive: np.ndarray, folds: np.ndarray, common: float
) -> tuple[float, np.ndarray]:
    """Return the threshold of all scores (n,), and that without each fold (folds,); they are sorted once."""
    order = np.argsort(-scores, kind="stable")
    ranked, hit, fold = scores[order], positive[order], folds[order]
    drawn = []
    for left_out in (None, *range(_FOLDS)):
        kept = slice(None) if left_out is None else fold != left_out
        values, hits = ranked[kept], hit[kept]
        positives = int(hits.sum())
        own = _best_cut(values, hits.cumsum()) if positives else common
        drawn.append(common + (own - common) * positives / (positives + _DRAWN))
    return drawn[0], np.array(drawn[1:])


def _f1(answered: np.ndarray, positive: np.ndarray) -> float:
    return 2 * float((answered & positive).sum()) / max(1, int(answered.sum()) + int(positive.sum()))
