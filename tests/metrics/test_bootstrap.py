"""Intervals: those of scipy on resampled records."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import f1_score

from helpers.outcomes import NAMES
from hubpress.errors import HubpressError
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions


def test_intervals_are_those_of_resampled_records(binary: BinaryPredictions) -> None:
    """The interval of F1 is near that of a bootstrap which computes F1 anew on every resample."""
    found = bootstrap_intervals(["f1", "average_precision"], binary, samples=1000, confidence=0.9)
    expected = bootstrap(
        (binary.truth, binary.answers), f1_score, paired=True, vectorized=False, n_resamples=1000,
        confidence_level=0.9, method="percentile", rng=np.random.default_rng(1),
    )  # fmt: skip
    assert found["f1"].low == pytest.approx(expected.confidence_interval.low, abs=0.03)
    assert found["f1"].high == pytest.approx(expected.confidence_interval.high, abs=0.03)
    assert found["f1"].standard_error == pytest.approx(expected.standard_error, rel=0.15)
    own = binary.metrics(["average_precision"])["average_precision"]
    assert found["average_precision"].low < own < found["average_precision"].high


def test_one_record_tells_nothing() -> None:
    """An interval of a single record is refused in words."""
    one = ClassPredictions(NAMES, np.array([0]), np.array([[0]]))
    with pytest.raises(HubpressError, match="one record in the test split"):
        bootstrap_intervals(["accuracy"], one, samples=100, confidence=0.9)
