"""Figures of numbers: scipy's and scikit-learn's own, also of resamples; answers that are all the same tell nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import cohen_kappa_score, mean_absolute_error, root_mean_squared_error

from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.numbers import NumberPredictions, read, written
from hubpress.metrics.ordinal import quadratic_kappa, resampled_kappa
from hubpress.versions.paired import Paired

NAMES = ("pearson", "spearman", "mae", "rmse")


def answered(noise: float, *, seed: int = 0, count: int = 60) -> NumberPredictions:
    """Two numbers a record, years and shares; the truth of each is tied with others."""
    draw = np.random.default_rng(3)
    truth = np.stack([draw.integers(1900, 1930, count), draw.integers(0, 5, count) / 4], axis=1).astype(np.float64)
    wrong = np.random.default_rng(seed).normal(size=truth.shape) * np.array([10, 0.3])
    return NumberPredictions(("year", "share"), truth, truth + noise * wrong)


def by_libraries(truth: np.ndarray, answers: np.ndarray) -> list[float]:
    return [
        float(pearsonr(truth, answers).statistic),
        float(spearmanr(truth, answers).statistic),
        float(mean_absolute_error(truth, answers)),
        float(root_mean_squared_error(truth, answers)),
    ]


def test_figures_are_the_means_of_each_number() -> None:
    found = answered(1)
    each = [by_libraries(true, said) for true, said in zip(found.truth.T, found.answers.T, strict=True)]
    assert [found.metrics(NAMES)[name] for name in NAMES] == pytest.approx(np.mean(each, axis=0).tolist())
    assert list(found.of_one(1).metrics(NAMES).values()) == pytest.approx(each[1])


def test_a_resample_has_the_figures_of_its_records() -> None:
    """Also of Spearman, whose ranks are other ones in every resample."""
    found = answered(1)
    drawn = np.random.default_rng(5).integers(len(found), size=(4, len(found)))
    weights = np.stack([np.bincount(rows, minlength=len(found)) for rows in drawn]).astype(float)
    resampled = found.resampled(NAMES, weights)
    for number, rows in enumerate(drawn):
        part = NumberPredictions(found.names, found.truth[rows], found.answers[rows])
        assert resampled[:, number].tolist() == pytest.approx([part.metrics(NAMES)[name] for name in NAMES])


def test_answers_that_are_all_the_same_correlate_with_nothing() -> None:
    found = answered(1)
    same = NumberPredictions(found.names, found.truth, np.tile(found.truth.mean(axis=0), (len(found), 1)))
    assert [same.metrics(NAMES)[name] for name in ("pearson", "spearman")] == [0, 0]
    interval = bootstrap_intervals(("pearson", "mae"), same, samples=100, confidence=0.95)
    assert (interval["pearson"].low, interval["pearson"].high) == (0, 0)
    assert interval["mae"].low < same.metrics(["mae"])["mae"] < interval["mae"].high


def test_what_is_written_down_is_read_again() -> None:
    found = answered(1)
    assert read(written(found.answers), 2) == pytest.approx(found.answers, rel=1e-8)
    for text in ("1,2 3", "1,2 nan,1", "", "1,2 a,b"):
        with pytest.raises(ValueError):
            read(text, 2)


def test_fewer_errors_are_told_from_chance() -> None:
    """By the paired test on the absolute errors of the same records."""
    alike = Paired(answered(1), answered(1, seed=1)).tested("mae", samples=300, confidence=0.95)
    better = Paired(answered(1), answered(0.2, seed=1)).tested("mae", samples=300, confidence=0.95)
    assert not alike.is_beyond_noise and better.is_beyond_noise and better.high < 0


def test_kappa_counts_how_far_an_error_is() -> None:
    """As scikit-learn does, over all labels that there are; of resamples, too."""
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 6, 80)
    near = np.clip(truth + draw.integers(-1, 2, 80), 0, 6)
    far = np.where(near == truth, truth, 5 - truth)
    expected = cohen_kappa_score(truth, near, weights="quadratic", labels=np.arange(7))
    assert quadratic_kappa(truth, near) == pytest.approx(expected)
    assert quadratic_kappa(truth, near) > quadratic_kappa(truth, far)
    weights = draw.integers(0, 3, size=(3, 80)).astype(float)
    for row, found in zip(weights, resampled_kappa(truth, near, weights), strict=True):
        places = np.repeat(np.arange(80), row.astype(int))
        again = cohen_kappa_score(truth[places], near[places], weights="quadratic", labels=np.arange(7))
        assert found == pytest.approx(again)
    assert (
        quadratic_kappa(np.full(4, 2), np.full(4, 2)) == 0 == resampled_kappa(truth[:1], truth[:1], np.ones((1, 1)))[0]
    )
