"""A model's answers, written down record by record, and read again as something that figures can be counted from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import sparse

from hubpress.metrics.counts import Counts, ResampledScores
from hubpress.metrics.entities import SpanPredictions
from hubpress.metrics.ordinal import KAPPA, resampled_kappa
from hubpress.schemas.outcomes import NONE, Outcomes
from hubpress.tasks.outcomes import TOP, BinaryPredictions, ClassPredictions

_RANKED = "average_precision"  # the one figure that scores are needed for


class Counted(Protocol):
    """Answers whose classes are the labels, or the types of entities."""

    @property
    def counts(self) -> Counts:
        """The counts of each record and label."""


def outcomes_of(predictions: Counted) -> Outcomes:
    """Return what was answered to each record."""
    counts = predictions.counts
    written = Outcomes(expected=_written(counts.true), answered=_written(counts.answered))
    if isinstance(predictions, SpanPredictions):
        return written.model_copy(update={"correct": _written(counts.hits)})
    if isinstance(predictions, BinaryPredictions):
        return written.model_copy(update={"scores": " ".join(map(repr, predictions.scores.tolist()))})
    if isinstance(predictions, ClassPredictions) and predictions.ranked.shape[1] > 1:
        found = predictions.ranked == predictions.truth[:, None]
        places = np.where(found.any(axis=1), found.argmax(axis=1) + 1, 0)
        return written.model_copy(update={"places": " ".join(map(str, places.tolist()))})
    return written


@dataclass(frozen=True, eq=False)
class Recorded:
    """Answers to some records as they were written down: ``hubpress.metrics.counts.Predictions`` once more."""

    counts: Counts
    places: np.ndarray | None = None
    """The place of the true class (records,), 0 where it is not among the best."""
    scores: np.ndarray | None = None
    """The positive label's (records,)."""
    positive: int | None = None
    """The positive label's number."""

    @classmethod
    def read(cls, outcomes: Outcomes, labels: Sequence[str], *, positive: str | None, among: Sequence[str]) -> Recorded:
        """Return the outcomes of a model with these *labels*, numbered by the labels *among* which they are compared.

        Raises ValueError where they do not fit each other, or the labels.
        """
        number = [among.index(label) for label in labels]
        true, answered = (_read(text, number, len(among)) for text in (outcomes.expected, outcomes.answered))
        if true.shape != answered.shape:
            raise ValueError("there are other numbers of answers than of records")
        hits = true.minimum(answered) if outcomes.correct is None else _read(outcomes.correct, number, len(among))
        if hits.shape != true.shape:
            raise ValueError("there are other numbers of answers than of records")
        return cls(
            Counts(hits.tocsr(), answered, true),
            None if outcomes.places is None else _numbers(outcomes.places, int, true.shape[0]),
            None if outcomes.scores is None else _numbers(outcomes.scores, float, true.shape[0]),
            None if positive is None else among.index(positive),
        )

    def __len__(self) -> int:
        return len(self.counts)

    @cached_property
    def is_exact(self) -> np.ndarray:
        """1 where a record is answered as it is expected, with nothing more and nothing less (records,)."""
        counts = self.counts
        hits, answered, true = (
            np.asarray(part.sum(axis=1)).ravel() for part in (counts.hits, counts.answered, counts.true)
        )
        exact: np.ndarray = ((hits == answered) & (hits == true)).astype(np.float64)
        return exact

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures over all records."""
        figures = self.resampled(names, np.ones((1, len(self))))
        return {name: float(values[0]) for name, values in zip(names, figures, strict=True)}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records).

        Raises KeyError for a figure that what was written down does not give.
        """
        counted = [name for name in names if name not in (_RANKED, KAPPA)]
        own = {} if self.positive is None else dict.fromkeys(("f1", "precision", "recall"), self.positive)
        values = ResampledScores(self.counts, self._means(counted), own)(counted, weights) if counted else ()
        found = dict(zip(counted, values, strict=True))
        if _RANKED in names:
            found[_RANKED] = self._average_precision(weights)
        if KAPPA in names:
            found[KAPPA] = resampled_kappa(*self._only_labels(), weights)
        return np.stack([found[name] for name in names])

    def beside(self, other: Recorded) -> Recorded:
        """Return these records and, behind them, those of *other*."""
        counts = Counts(
            *(
                sparse.vstack(pair, format="csr")
                for pair in (
                    (self.counts.hits, other.counts.hits),
                    (self.counts.answered, other.counts.answered),
                    (self.counts.true, other.counts.true),
                )
            )
        )
        return replace(
            self, counts=counts, places=_both(self.places, other.places), scores=_both(self.scores, other.scores)
        )

    def has_truth_of(self, other: Recorded) -> bool:
        """Return whether the same is true of each record in both."""
        one, two = self.counts.true, other.counts.true
        return bool(one.shape == two.shape and (one != two).nnz == 0)

    def _means(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        means = {"accuracy": self.is_exact}
        for name in names:
            if name.startswith(TOP):
                if self.places is None:
                    raise KeyError(name)
                top = int(name.removeprefix(TOP))
                means[name] = ((self.places > 0) & (self.places <= top)).astype(np.float64)
        return means

    def _only_labels(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the true and the answered label of each record; raises KeyError where one has several or none."""
        parts = [part.tocsr() for part in (self.counts.true, self.counts.answered)]
        if any((np.diff(part.indptr) != 1).any() for part in parts):
            raise KeyError(KAPPA)
        return parts[0].indices, parts[1].indices

    def _average_precision(self, weights: np.ndarray) -> np.ndarray:
        from sklearn.metrics import average_precision_score

        if self.scores is None or self.positive is None:
            raise KeyError(_RANKED)
        true = self.counts.true[:, [self.positive]].toarray().ravel() > 0
        return np.array(
            [
                average_precision_score(true, self.scores, sample_weight=row) if row[true].any() else 0.0
                for row in weights
            ]
        )


def _written(matrix: sparse.csr_matrix) -> str:
    """Return the columns of each row's numbers, each as often as its number says."""
    matrix = matrix.tocsr().sorted_indices()
    rows = []
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        times = np.asarray(matrix.data[start:end]).astype(np.int64)
        rows.append(",".join(map(str, np.repeat(matrix.indices[start:end], times).tolist())) or NONE)
    return " ".join(rows)


def _read(text: str, number: Sequence[int], classes: int) -> sparse.csr_matrix:
    """Return the matrix (records, classes) that :func:`_written` wrote, its columns numbered anew."""
    rows = [[] if part == NONE else [number[_natural(one)] for one in part.split(",")] for part in text.split(" ")]
    places = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    columns = np.array([one for row in rows for one in row], dtype=np.int64)
    matrix = sparse.csr_matrix((np.ones(len(columns), dtype=np.int64), (places, columns)), (len(rows), classes))
    matrix.sum_duplicates()
    return matrix


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:20]!r} is no number of a label")
    return int(text)


def _numbers(text: str, kind: Callable[[str], int | float], count: int) -> np.ndarray:
    values = np.array([kind(part) for part in text.split(" ")])
    if len(values) != count:
        raise ValueError("there are other numbers of answers than of records")
    return values


def _both(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return None if one is None or other is None else np.concatenate([one, other])
