"""The temperature that makes scores fit the truth best: one number, by which all logits are divided."""

from __future__ import annotations

from math import exp, log

import numpy as np
from scipy import sparse

_LOWEST, _HIGHEST = 0.02, 50.0
_CELLS = 1_000_000  # of logits at once: 8 MB


def best_temperature(logits: np.ndarray, truth: sparse.csr_matrix, *, exclusive: bool) -> float:
    """Return the temperature of the lowest negative log-likelihood of the truth (records, labels) of 0 and 1.

    Guo et al. 2017, section 4.2: softmax where labels exclude one another, else binary cross-entropy over all labels.
    *logits* (records, labels) may lie on disk; they are read some rows at a time. Raises ValueError where no
    temperature from 0.02 to 50 is the best: the sharper, or the flatter, the scores, the better.
    """
    from scipy.optimize import brentq

    of_truth = _summed(logits, truth)

    def slope(log_temperature: float) -> float:
        """The derivative of the negative log-likelihood by 1 / temperature, in which it is convex."""
        return (_expected(logits, exp(-log_temperature), exclusive=exclusive) - of_truth) / len(logits)

    ends = log(_LOWEST), log(_HIGHEST)
    if not (slope(ends[0]) > 0 > slope(ends[1])):
        raise ValueError("no temperature is the best")
    return round(exp(brentq(slope, *ends, xtol=1e-9)), 6)


def _rows(logits: np.ndarray) -> list[slice]:
    step = max(1, _CELLS // logits.shape[1])
    return [slice(start, start + step) for start in range(0, len(logits), step)]


def _summed(logits: np.ndarray, truth: sparse.csr_matrix) -> float:
    """Return the sum of the logits of what is true."""
    return sum(float(truth[rows].multiply(logits[rows].astype(np.float64)).sum()) for rows in _rows(logits))


def _expected(logits: np.ndarray, sharpness: float, *, exclusive: bool) -> float:
    """Return what that sum is expected to be by the model's own scores, its logits times *sharpness*."""
    from scipy.special import expit, softmax

    total = 0.0
    for rows in _rows(logits):
        some = logits[rows].astype(np.float64)
        scores = softmax(sharpness * some, axis=1) if exclusive else expit(sharpness * some)
        total += float((scores * some).sum())
    return total
