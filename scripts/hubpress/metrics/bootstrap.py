"""How sure a figure is: bootstrap intervals over the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hubpress.errors import HubpressError
from hubpress.metrics.counts import Predictions

_CELLS = 1_000_000  # of an array of resamples x records, or x thousands of classes: 8 MB
_WIDEST = 5_000


@dataclass(frozen=True)
class BootstrapInterval:
    """An interval over the records, with the standard error of the figure."""

    low: float
    high: float
    standard_error: float


@dataclass(frozen=True)
class Difference:
    """What one model's figures are more than another's on the same records, which are drawn in pairs."""

    one: Predictions
    other: Predictions

    def __len__(self) -> int:
        return len(self.one)

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
