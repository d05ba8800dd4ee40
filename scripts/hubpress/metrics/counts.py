"""Answers against the truth as counts of each record and class: rates of any average, by class, and how sure they are.

scikit-learn and seqeval give the figures themselves; the counts give what those cannot in bearable time and memory, a
thousand resamples of hundreds of thousands of records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class ClassRates:
    """One class: its rates, how many records have it (support), and how many of them are answered so (correct)."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    correct: int


@dataclass(frozen=True)
class Counts:
    """What each record (row) adds to each class (column): answers that are right, all answers, true ones."""

    hits: sparse.csr_matrix
    answered: sparse.csr_matrix
    true: sparse.csr_matrix

    @classmethod
    def of_ids(cls, truth: np.ndarray, answers: np.ndarray, classes: int) -> Counts:
        """Return the counts of one class a record: ids (records,)."""
        rows, shape = np.arange(len(truth)), (len(truth), classes)
        ones = np.ones(len(truth), dtype=np.int64)
        true = sparse.csr_matrix((ones, (rows, truth)), shape=shape)
        answered = sparse.csr_matrix((ones, (rows, answers)), shape=shape)
        return cls(true.multiply(answered).tocsr(), answered, true)

    @classmethod
    def of_sets(cls, truth: sparse.csr_matrix, answers: sparse.csr_matrix) -> Counts:
        """Return the counts of sets of classes: matrices (records, classes) of 0 and 1."""
        true, answered = truth.astype(np.int64), answers.astype(np.int64)
        return cls(true.multiply(answered).tocsr(), answered, true)

    def __len__(self) -> int:
        return int(self.true.shape[0])

    def totals(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return hits, answers and truth by class (resamples, classes), each record counted by weights (resamples,
        records)."""
        hits, answered, true = (np.asarray((part.T @ weights.T).T) for part in (self.hits, self.answered, self.true))
        return hits, answered, true

    def of_records(self, score: str) -> np.ndarray:
        """Return a score of each record over its classes (records,), which ``samples`` averages."""
        hits, answered, true = (np.asarray(part.sum(axis=1)).ravel() for part in (self.hits, self.answered, self.true))
        return rate(score, hits, answered, true)

    def bearing(self, score: str, column: int | None = None) -> int:
        """Return how many records have anything that precision, recall or F1 counts, of one class or of any."""
        parts = {"precision": (self.answered,), "recall": (self.true,)}.get(score, (self.answered, self.true))
        some = sum(part if column is None else part[:, [column]] for part in parts)
        return int(np.count_nonzero(np.asarray(some.sum(axis=1))))

    def per_class(self, labels: Sequence[str]) -> list[ClassRates]:
        """Return the rates of every class, in the order of *labels*."""
        hits, answered, true = (part[0] for part in self.totals(np.ones((1, len(self)))))
        rates = {score: rate(score, hits, answered, true) for score in ("precision", "recall", "f1")}
        return [
            ClassRates(
                label=label,
                **{score: float(values[number]) for score, values in rates.items()},
                support=int(true[number]),
                correct=int(hits[number]),
            )
            for number, label in enumerate(labels)
        ]


class Predictions(Protocol):
    """A model's answers to some records against the truth."""

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures over all records, by scikit-learn or seqeval."""

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""

    def __len__(self) -> int:
        """Return the number of records."""


@runtime_checkable
class Bearing(Protocol):
    """Answers of which not every record bears on each figure: a precision of 3 answers is one of 3, not of 100."""

    def bearing(self, name: str) -> int:
        """Return how many records do."""


@dataclass(frozen=True)
class ResampledScores:
    """Figures of resamples: averages over classes from counts, and means of what each record scores by itself."""

    counts: Counts
    means: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Of metrics that are a mean over records: the value of each record (records,)."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """Of metrics that are one class's own: the class."""

    def __call__(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the named figures (names, resamples)."""
        totals = self.counts.totals(weights)
        return np.stack([self._figure(name, weights, totals) for name in names])

    def _figure(self, name: str, weights: np.ndarray, totals: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        score, _, average = name.partition("_")
        if name in self.means or average == "samples":
            values = self.means[name] if name in self.means else self.counts.of_records(score)
            means: np.ndarray = weights @ values / weights.sum(axis=1)
            return means
        if name in self.classes:
            return rate(score, *(part[:, self.classes[name]] for part in totals))
        return _averaged(score, average or "micro", *totals)


def rate(score: str, hits: np.ndarray, answered: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return precision, recall or F1, 0 where there is nothing to divide by (scikit-learn's zero_division=0)."""
    below = {"precision": answered, "recall": true, "f1": answered + true}[score]
    rate: np.ndarray = (2 if score == "f1" else 1) * hits / np.maximum(below, 1)
    return rate


def _averaged(score: str, average: str, hits: np.ndarray, answered: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Average over classes (..., classes) as scikit-learn does; ``macro`` over those that occur in truth or answers."""
    if average == "micro":
        return rate(score, hits.sum(axis=-1), answered.sum(axis=-1), true.sum(axis=-1))
    shares = true if average == "weighted" else (answered + true > 0).astype(np.float64)
    averaged: np.ndarray = (rate(score, hits, answered, true) * shares).sum(axis=-1) / np.maximum(
        shares.sum(axis=-1), 1
    )
    return averaged
