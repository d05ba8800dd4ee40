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


def test_the_common_threshold_is_as_good_as_any_step(labelled: tuple[np.ndarray, np.ndarray]) -> None:
    """It is the best of all steps of 0.01 and of the reference's, tried one by one, and the first of equal ones."""
    scores, truth = labelled
    for beside in (0.3, 0.305):
        steps = [beside, *np.round(np.arange(0.01, 1, 0.01), 2).tolist()]
        best = max(steps, key=lambda one: weighted_f1(scores, truth, one))
        assert best_common_threshold(scores, truth, beside=beside) == best


def test_labels_get_their_own_threshold_only_where_it_wins() -> None:
    """Labels whose scores lie elsewhere get one, between their own best and the common one; noise and rare ones do
    not, and on new records the thresholds gain."""
    random = np.random.default_rng(5)
    shift = np.array([0, 0, 0, 0.35, 0.35, 0, 0])  # of the scores of two labels
    share = np.array([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.001])

    def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
        truth = random.random((rows, 7)) < share
        scores = 0.25 * truth * (np.arange(7) != 5) + random.beta(2, 5, (rows, 7)) * 0.6 + shift
        return scores.clip(0, 1), truth

    scores, truth = drawn(1500)
    common = best_common_threshold(scores, truth, beside=0.3)
    own = best_label_thresholds(scores, truth, common=common)
    for label in (3, 4):
        best = best_f1_threshold(scores[:, label], truth[:, label])
        assert common < own[label] < best
    assert own[6] == common
    new = drawn(4000)
    assert weighted_f1(*new, own) > weighted_f1(*new, common) + 0.01


def test_label_thresholds_take_no_minutes() -> None:
    """307 labels of 20,000 rows are sorted once each."""
    random = np.random.default_rng(0)
    truth = random.random((20_000, 60)) < 0.02
    scores = (0.3 * truth + random.beta(1, 8, truth.shape)).clip(0, 1)
    started = time.process_time()
    common = best_common_threshold(scores, truth, beside=0.3)
    best_label_thresholds(scores, truth, common=common)
    assert (time.process_time() - started) * 307 / 60 < 15


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
