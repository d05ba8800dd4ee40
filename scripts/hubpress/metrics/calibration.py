"""Calibration: of the answers that a model is 80% sure of, are 80% right?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

BINS = 15
"""The bins of confidence, all of one width, as Guo et al. 2017 have them."""
ECE = "expected_calibration_error"

_EDGES = np.linspace(0, 1, BINS + 1)


@dataclass(frozen=True, eq=False)
class Reliability:
    """What each record adds to each bin of confidence: matrices (records, bins). Memory does not grow with the labels.

    An answer lies in the bin ``(m / 15, (m + 1) / 15]`` of its confidence. The expected calibration error is the mean
    over the bins of the distance between the share of right answers and the mean confidence, each bin weighted by its
    share of all answers (Guo et al. 2017, "On Calibration of Modern Neural Networks", equations 3 and 5; Naeini et al.
    2015). It is never below 0, so that even a perfect model has a little of it on few records, and resamples a little
    more.
    """

    count: sparse.csr_matrix
    """How many answers there are."""
    confidence: sparse.csr_matrix
    """The sum of their confidences."""
    correct: sparse.csr_matrix
    """How many of them are right."""

    @classmethod
    def of(cls, confidence: np.ndarray, correct: np.ndarray) -> Reliability:
        """Return that of answers (records,) or (records, answers): how sure the model is of each, and is it right."""
        sure, right = (np.asarray(part, dtype=np.float64).reshape(len(part), -1) for part in (confidence, correct))
        bins = np.clip(np.searchsorted(_EDGES, sure, side="left") - 1, 0, BINS - 1)
        shape, rows = (len(sure), BINS), np.repeat(np.arange(len(sure)), sure.shape[1])

        def summed(values: np.ndarray) -> sparse.csr_matrix:
            if sure.shape[1] < BINS:  # else most bins have something of each record
                return sparse.csr_matrix((values.ravel(), (rows, bins.ravel())), shape=shape)
            sums = np.bincount(rows * BINS + bins.ravel(), weights=values.ravel(), minlength=len(sure) * BINS)
            return sparse.csr_matrix(sums.reshape(shape))

        return cls(summed(np.ones(sure.shape)), summed(sure), summed(right))

    @classmethod
    def stacked(cls, parts: Iterable[Reliability]) -> Reliability:
        """Return that of all records of several parts, in their order."""
        listed = list(parts)
        columns = ([getattr(part, name) for part in listed] for name in ("count", "confidence", "correct"))
        return cls(*(sparse.vstack(column, format="csr") for column in columns))

    def __len__(self) -> int:
        return int(self.count.shape[0])

    @property
    def decisions(self) -> int:
        """How many answers there are."""
        return int(self.count.sum())

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the expected calibration error, which alone may be asked for."""
        figures = self.resampled(names, np.ones((1, len(self))))
        return {name: float(row[0]) for name, row in zip(names, figures, strict=True)}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the same (names, resamples) with each record counted by weights (resamples, records)."""
        if any(name != ECE for name in names):
            raise KeyError(next(name for name in names if name != ECE))
        # A bin's share of all answers cancels the count that its mean confidence and its share of right ones are of.
        gaps = np.abs(np.asarray(((self.correct - self.confidence).T @ weights.T).T)).sum(axis=1)
        errors = gaps / np.maximum(weights @ np.asarray(self.count.sum(axis=1)).ravel(), 1)
        return np.repeat(errors[None], len(names), axis=0)

    def bins(self) -> list[tuple[float, float, float, float]]:
        """Return for each bin its lower edge, and as shares of all answers: how many lie in it, the sum of their
        confidences, how many of them are right."""
        every = max(self.decisions, 1)
        sums = (np.asarray(part.sum(axis=0)).ravel() / every for part in (self.count, self.confidence, self.correct))
        return list(zip(_EDGES[:-1].tolist(), *(part.tolist() for part in sums), strict=True))


def undone(probability: np.ndarray, temperature: float) -> np.ndarray:
    """Return the sigmoid scores, or those of one of two labels, that a model gave before a temperature was divided out.

    A score of exactly 0 or 1 stays what it is.
    """
    from scipy.special import expit, logit

    given = np.asarray(probability, dtype=np.float64)
    found: np.ndarray = expit(temperature * logit(given))
    return found
