"""Calibration and selective answers as figures: against plain counting, and with each record drawn as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, log_softmax
from scipy.stats import bootstrap

from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.calibration import ECE, Reliability, undone
from hubpress.metrics.selective import SelectiveAnswers
from hubpress.metrics.temperature import best_temperature


def plain_error(sure: np.ndarray, right: np.ndarray) -> float:
    """The error as a loop over bins and their answers."""
    error = 0.0
    for number in range(15):
        here = [at for at, one in enumerate(sure) if number / 15 < one <= (number + 1) / 15]
        if here:
            error += abs(sum(right[here]) - sum(sure[here])) / len(sure)
    return error


def test_the_error_is_that_of_plain_counting() -> None:
    """Of one answer a record and of several; parts of the records add up; a sure and right model has none."""
    random = np.random.default_rng(1)
    sure = random.random((200, 7))
    right = random.random((200, 7)) < sure**2
    parts = [Reliability.of(sure[part], right[part]) for part in (slice(0, 60), slice(60, 200))]
    whole = Reliability.stacked(parts)
    assert whole.metrics((ECE,))[ECE] == pytest.approx(plain_error(sure.ravel(), right.ravel()))
    many = Reliability.of(sure.reshape(70, 20), right.reshape(70, 20))
    assert many.metrics((ECE,))[ECE] == pytest.approx(whole.metrics((ECE,))[ECE])
    one = Reliability.of(sure[:, 0], right[:, 0])
    assert one.metrics((ECE,))[ECE] == pytest.approx(plain_error(sure[:, 0], right[:, 0]))
    assert Reliability.of(np.ones(3), np.ones(3, dtype=bool)).metrics((ECE,))[ECE] == 0
    assert sum(share for _, share, _, _ in whole.bins()) == pytest.approx(1)


def test_its_interval_is_that_of_drawn_records() -> None:
    """The interval is the percentile bootstrap of the error itself, with records drawn as wholes."""
    random = np.random.default_rng(2)
    sure = random.random((80, 3))
    right = random.random((80, 3)) < 0.5
    found = bootstrap_intervals((ECE,), Reliability.of(sure, right), samples=300, confidence=0.9)[ECE]
    drawn = bootstrap(
        (np.arange(80),),
        lambda rows: plain_error(sure[rows].ravel(), right[rows].ravel()),
        vectorized=False,
        n_resamples=300,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    assert (found.low, found.high) == pytest.approx(tuple(drawn.confidence_interval), abs=0.02)


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_temperature_that_was_laid_on_is_found_again(exclusive: bool) -> None:
    """Truth drawn by a model's own scores, whose logits are then three times too sharp, has a temperature of three."""
    random = np.random.default_rng(3)
    logits = random.normal(0, 1.5, (6000, 4))
    if exclusive:
        drawn = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
        truth = sparse.csr_matrix((np.ones(6000, dtype=bool), (np.arange(6000), drawn)), shape=logits.shape)
    else:
        truth = sparse.csr_matrix(random.random(logits.shape) < expit(logits))
    found = best_temperature(3 * logits, truth, exclusive=exclusive)
    assert found == pytest.approx(3, rel=0.1)

    def likelihood(temperature: float) -> float:
        scaled, true = 3 * logits / temperature, truth.toarray()
        if exclusive:
            return -float(log_softmax(scaled, axis=1)[true].sum())
        return float((np.logaddexp(0, scaled) - true * scaled).sum())

    assert likelihood(found) < min(likelihood(found * 1.001), likelihood(found / 1.001))


def test_where_the_sharpest_scores_are_best_there_is_no_temperature() -> None:
    """Truth that is always the best label, and truth that is always the worst."""
    logits = np.eye(3)[[0, 1, 2, 0]]
    truth = sparse.csr_matrix(logits > 0)
    for given in (logits, -logits):
        with pytest.raises(ValueError, match="no temperature"):
            best_temperature(given, truth, exclusive=True)


def test_a_temperature_is_undone() -> None:
    """The score of a logit divided by two, undone, is that of the logit; 0 and 1 stay."""
    logits = np.array([-3.0, 0.2, 5.0])
    assert undone(expit(logits / 2), 2).tolist() == pytest.approx(expit(logits).tolist())
    assert undone(np.array([0.0, 1.0]), 2).tolist() == [0, 1]


def test_coverage_and_accuracy_of_what_is_answered() -> None:
    """Unanswered records count for coverage alone; where nothing is answered, nothing is right."""
    answers = SelectiveAnswers(np.array([True, True, False, True]), np.array([True, False, True, True]))
    assert answers.metrics(("coverage", "selective_accuracy")) == pytest.approx(
        {"coverage": 0.75, "selective_accuracy": 2 / 3}
    )
    none = SelectiveAnswers(np.zeros(2, dtype=bool), np.ones(2, dtype=bool))
    assert none.metrics(("coverage", "selective_accuracy")) == {"coverage": 0, "selective_accuracy": 0}
