"""Thresholds: as good as trying every cut, never worse than the reference's, quick on many rows."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.metrics import f1_score

from hubpress.metrics.thresholds import best_common_threshold, best_f1_threshold, best_label_thresholds, weighted_f1


@pytest.fixture
def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Scores and truth of 400 rows and 12 labels of very different frequency, with many equal scores."""
    random = np.random.default_rng(3)
    truth = random.random((400, 12)) < np.linspace(0.005, 0.4, 12)
    scores = np.clip(0.25 * truth + random.beta(2, 5, (400, 12)), 0, 1).round(2)
    return scores, truth


def test_binary_threshold_is_as_good_as_any_cut(labelled: tuple[np.ndarray, np.ndarray]) -> None:
    """No threshold, tried one by one, has a higher F1; equal scores are never parted."""
    scores, truth = labelled
    for label in range(3, 12):
        column, positive = scores[:, label], truth[:, label]
        every = [f1_score(positive, column >= cut, zero_division=0) for cut in np.unique(column)]
        chosen = best_f1_threshold(column, positive)
        assert f1_score(positive, column >= chosen) == pytest.approx(max(every))
        assert 0 < chosen < 1
        assert chosen not in column


def test_weighted_f1_is_scikit_learns(labelled: tuple[np.ndarray, np.ndarray]) -> None:
    """The vectorised weighted F1 equals scikit-learn's, for one threshold and for one a label."""
    scores, truth = labelled
    for thresholds in (0.3, np.linspace(0.2, 0.6, 12)):
        expected = f1_score(truth, scores >= thresholds, average="weighted", zero_division=0)
        assert weighted_f1(scores, truth, thresholds) == pytest.approx(expected)


def test_tuned_thresholds_are_never_worse_than_the_references(labelled: tuple[np.ndarray, np.ndarray]) -> None:
    """On the rows that they are chosen on: common at least 0.3, per label at least common; rare labels keep common."""
    scores, truth = labelled
    common = best_common_threshold(scores, truth, beside=0.3)
    own = best_label_thresholds(scores, truth, common=common)
    figures = [weighted_f1(scores, truth, thresholds) for thresholds in (0.3, common, own)]
    assert figures == sorted(figures)
    assert (own[truth.sum(axis=0) < 5] == common).all()


def test_a_million_rows_take_no_quadratic_time() -> None:
    """Ten times the rows take far less than a hundred times as long."""
    random = np.random.default_rng(0)

    def seconds(rows: int) -> float:
        scores, positive = random.random(rows), random.random(rows) < 0.07
        started = time.process_time()
        best_f1_threshold(scores, positive)
        return time.process_time() - started

    small = min(seconds(100_000) for _ in range(3))
    assert seconds(1_000_000) < 40 * small


def test_without_a_positive_there_is_nothing_to_choose() -> None:
    """Truth without a positive is an error, not a threshold."""
    with pytest.raises(ValueError, match="no positive"):
        best_f1_threshold(np.array([0.1, 0.9]), np.array([False, False]))
