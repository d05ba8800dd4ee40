"""Answered numbers against true ones: correlations and errors, of one number or in the mean of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class NumberPredictions:
    """The true and the answered numbers of each record: (records, numbers)."""

    names: tuple[str, ...]
    truth: np.ndarray
    answers: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures by scipy and scikit-learn, of several numbers in the mean.

        A correlation with numbers that are all the same, which is not defined, counts as 0: such answers tell nothing.
        Raises KeyError for a figure that is none of numbers.
        """
        columns = list(zip(self.truth.T, self.answers.T, strict=True))
        return {name: float(np.mean([_FIGURES[name](true, answered) for true, answered in columns])) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        columns = list(zip(self.truth.T, self.answers.T, strict=True))
        figures = [[_weighted(name, true, answered, weights) for true, answered in columns] for name in names]
        means: np.ndarray = np.mean(np.array(figures), axis=1)
        return means

    def of_one(self, number: int) -> NumberPredictions:
        """Return the same of one number alone."""
        column = slice(number, number + 1)
        return NumberPredictions(self.names[column], self.truth[:, column], self.answers[:, column])

    def beside(self, other: NumberPredictions) -> NumberPredictions:
        """Return these records and, behind them, those of *other*."""
        return NumberPredictions(
            self.names, np.concatenate([self.truth, other.truth]), np.concatenate([self.answers, other.answers])
        )

    def has_truth_of(self, other: NumberPredictions) -> bool:
        """Return whether the same is true of each record in both."""
        return self.names == other.names and np.array_equal(self.truth, other.truth)


def written(values: np.ndarray) -> str:
    """Return numbers (records, numbers) as text: a comma between two, a space between records."""
    return " ".join(",".join(f"{value:.9g}" for value in row) for row in values.tolist())


def read(text: str, count: int) -> np.ndarray:
    """Return the numbers that :func:`written` wrote, *count* of each record. Raises ValueError for any other text."""
    rows = [[float(part) for part in row.split(",")] for row in text.split(" ")]
    values = np.array([row for row in rows if len(row) == count])
    if len(values) != len(rows) or not np.isfinite(values).all():
        raise ValueError("these are not the numbers of each record")
    return values


def _is_constant(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))


def _pearson(true: np.ndarray, answered: np.ndarray) -> float:
    from scipy.stats import pearsonr

    return 0.0 if _is_constant(true) or _is_constant(answered) else float(pearsonr(true, answered).statistic)


def _spearman(true: np.ndarray, answered: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return 0.0 if _is_constant(true) or _is_constant(answered) else float(spearmanr(true, answered).statistic)


def _mae(true: np.ndarray, answered: np.ndarray) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(true, answered))


def _rmse(true: np.ndarray, answered: np.ndarray) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(true, answered))


_FIGURES = {"pearson": _pearson, "spearman": _spearman, "mae": _mae, "rmse": _rmse}


def _weighted(name: str, true: np.ndarray, answered: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a figure of one number (resamples,)."""
    total = weights.sum(axis=1)
    if name == "mae":
        mean: np.ndarray = weights @ np.abs(true - answered) / total
        return mean
    if name == "rmse":
        squared: np.ndarray = np.sqrt(weights @ (true - answered) ** 2 / total)
        return squared
    if name == "pearson":
        # About their means, so that large numbers that hardly differ keep their digits.
        pair = [np.broadcast_to(one - one.mean(), weights.shape) for one in (true, answered)]
    elif name == "spearman":
        pair = [_ranks(one, weights) for one in (true, answered)]
    else:
        raise KeyError(name)
    return _correlation(pair[0], pair[1], weights)


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the rank of each record in each resample (resamples, records); equal values share their mean rank."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks: np.ndarray = (np.cumsum(counts, axis=1) - counts + (counts + 1) / 2)[:, place]
    return ranks


def _correlation(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the correlation of two values of each record in each resample, 0 where one of them is constant."""
    total = weights.sum(axis=1, keepdims=True)
    one, other = (values - (weights * values).sum(axis=1, keepdims=True) / total for values in (one, other))
    spreads = [(weights * values**2).sum(axis=1) for values in (one, other)]
    product = (weights * one * other).sum(axis=1)
    below = np.sqrt(spreads[0] * spreads[1])
    found = np.divide(product, below, out=np.zeros_like(product), where=below > 1e-12)
    within: np.ndarray = np.clip(found, -1, 1)
    return within
