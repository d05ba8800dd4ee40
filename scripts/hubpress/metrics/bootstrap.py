"""How sure a figure is: bootstrap intervals over the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hubpress.errors import HubpressError
from hubpress.metrics.counts import Bearing, Predictions
from hubpress.metrics.names import METRIC_NAMES, MetricName

_CELLS = 1_000_000  # of an array of resamples x records, or x thousands of classes: 8 MB
_WIDEST = 5_000
_NO_WIDTH = 1e-12


@dataclass(frozen=True)
class BootstrapInterval:
    """An interval over the records, with the standard error of the figure."""

    low: float
    high: float
    standard_error: float
    rule: Literal["alike", "unknown"] | None = None
    """What it is where every resample gives the same figure: the bound of records that are all alike, or none."""


@dataclass(frozen=True)
class Difference:
    """What one model's figures are more than another's on the same records, which are drawn in pairs."""

    one: Predictions
    other: Predictions

    def __len__(self) -> int:
        return len(self.one)

    def bearing(self, name: str) -> int:
        """Return how many records bear on a figure of both."""
        return min(_bearing(self.one, name), _bearing(self.other, name))

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the difference of each figure."""
        ours, theirs = self.one.metrics(names), self.other.metrics(names)
        return {name: ours[name] - theirs[name] for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the same (names, resamples) with each record counted by weights (resamples, records)."""
        gained: np.ndarray = self.one.resampled(names, weights) - self.other.resampled(names, weights)
        return gained


def bootstrap_intervals(
    names: Sequence[str], outcome: Predictions, *, samples: int, confidence: float, seed: int = 0
) -> dict[str, BootstrapInterval]:
    """Return each metric's percentile bootstrap interval and standard error over the records.

    Efron and Tibshirani 1993, chapter 13, by ``scipy.stats.bootstrap``; whole records are drawn. Raises HubpressError
    for a single record.
    """
    from scipy.stats import bootstrap

    if len(outcome) < 2:
        raise HubpressError(
            "one record in the test split cannot tell how sure a figure is.",
            where="data.split.test_size",
            hint="Give more records, or a larger test split.",
        )
    records = np.arange(len(outcome))

    def figures(drawn: np.ndarray, axis: int) -> np.ndarray:
        weights = [np.bincount(rows, minlength=len(records)) for rows in drawn.reshape(-1, len(records))]
        return outcome.resampled(names, np.stack(weights).astype(np.float64))

    result = bootstrap(
        (records,),
        figures,
        vectorized=True,
        n_resamples=samples,
        batch=max(1, _CELLS // max(len(records), _WIDEST)),
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = result.confidence_interval
    columns = zip(names, low, high, result.standard_error, strict=True)
    return {name: BootstrapInterval(float(least), float(most), float(error)) for name, least, most, error in columns}


def sure_intervals(
    names: Sequence[str], outcome: Predictions, *, samples: int, confidence: float
) -> dict[str, BootstrapInterval]:
    """Return the same, with an interval that has a width also where all records are alike.

    Resamples of records without an error have none, which says nothing of further records. Where each resample gives
    the same figure, so many of n like records may be otherwise as none of n leaves open: at most 1 - alpha ** (1 / n),
    the exact bound of Clopper and Pearson 1934 for a share, and at 95% about 3 / n, the rule of three (Hanley and
    Lippman-Hand 1983). n are the records that bear on the figure. What is no share, such as a correlation, has no such
    bound, and its interval is unknown.
    """
    found = bootstrap_intervals(names, outcome, samples=samples, confidence=confidence)
    lowest = -1.0 if isinstance(outcome, Difference) else 0.0
    return {
        name: interval
        if interval.high - interval.low > _NO_WIDTH
        else _of_alike(interval, METRIC_NAMES.get(name), _bearing(outcome, name), confidence, lowest)
        for name, interval in found.items()
    }


def _of_alike(
    interval: BootstrapInterval, metric: MetricName | None, count: int, confidence: float, lowest: float
) -> BootstrapInterval:
    from scipy.stats import binomtest

    if metric and not metric.is_rate:
        return replace(interval, rule="unknown")
    none = binomtest(0, count, alternative="less") if count else None
    others = float(none.proportion_ci(confidence, method="exact").high) if none else 1.0
    low, high = (float((1 - others) * interval.low + others * end) for end in (lowest, 1.0))
    return replace(interval, low=low, high=high, rule="alike")


def _bearing(outcome: Predictions, name: str) -> int:
    return outcome.bearing(name) if isinstance(outcome, Bearing) else len(outcome)
