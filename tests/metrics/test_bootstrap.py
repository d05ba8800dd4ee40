"""Intervals: those of scipy on resampled records."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import bootstrap
from sklearn.metrics import f1_score

from helpers.outcomes import NAMES
from hubpress.errors import HubpressError
from hubpress.metrics.bootstrap import Difference, bootstrap_intervals, sure_intervals
from hubpress.metrics.counts import Predictions
from hubpress.metrics.entities import SpanPredictions
from hubpress.metrics.numbers import NumberPredictions
from hubpress.metrics.selective import SelectiveAnswers
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions, LabelSetPredictions


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


FEW = np.arange(20) < 8
"""Of twenty records, eight."""
RIGHT = ClassPredictions(NAMES, np.zeros(20, dtype=int), np.zeros((20, 1), dtype=int))
SETS = sparse.csr_matrix(np.stack([FEW, FEW], axis=1))


@pytest.mark.parametrize(
    ("outcome", "name", "count", "least"),
    [
        (RIGHT, "accuracy", 20, 0.0),
        (RIGHT, "f1_macro", 20, 0.0),
        (Difference(RIGHT, RIGHT), "accuracy", 20, -1.0),
        (BinaryPredictions(("no", "yes"), 1, FEW, FEW * 1.0, 0.5), "recall", 8, 0.0),
        (BinaryPredictions(("no", "yes"), 1, FEW, FEW * 1.0, 0.5), "accuracy", 20, 0.0),
        (LabelSetPredictions(("a", "b"), SETS, SETS), "f1_micro", 8, 0.0),
        (SpanPredictions(("a",), [{(0, 1): 0}] * 8 + [{}] * 12, [{(0, 1): 0}] * 8 + [{}] * 12), "f1", 8, 0.0),
        (SelectiveAnswers(FEW, FEW), "selective_accuracy", 8, 0.0),
    ],
)  # fmt: skip
def test_records_without_an_error_leave_room_for_some(
    outcome: Predictions, name: str, count: int, least: float
) -> None:
    """As many as the exact bound for none of those that bear on the figure; others lower it as far as it can be."""
    found = sure_intervals([name], outcome, samples=200, confidence=0.95)[name]
    figure, others = outcome.metrics([name])[name], 1 - 0.05 ** (1 / count)
    assert found.rule == "alike"
    assert found.low == pytest.approx((1 - others) * figure + others * least)
    assert found.high == pytest.approx((1 - others) * figure + others)
    assert others == pytest.approx(3 / count, rel=0.4)


def test_nothing_bounds_what_is_no_share(binary: BinaryPredictions) -> None:
    """Perfect numbers have a correlation without an interval; what has a width is the bootstrap's."""
    numbers = np.arange(10.0)[:, None]
    found = sure_intervals(["pearson", "mae"], NumberPredictions(("n",), numbers, numbers), samples=99, confidence=0.9)
    assert {name: one.rule for name, one in found.items()} == {"pearson": "unknown", "mae": "unknown"}
    both = [function(["f1"], binary, samples=99, confidence=0.9) for function in (sure_intervals, bootstrap_intervals)]
    assert both[0] == both[1]
