"""Two versions' answers to the same test records: is the difference of a figure more than noise?

The permutation test is the approximate randomization test (Noreen 1989; for precision, recall and F1 Yeh 2000, "More
accurate tests for the statistical significance of result differences"). Of accuracy it is McNemar's exact test, drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.numbers import NumberPredictions, read
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.version_diff import PairedTest
from hubpress.tasks.recorded import Recorded

_CELLS = 1_000_000  # of an array of resamples x answers, or x thousands of classes: 8 MB
_WIDEST = 5_000

OTHER_RECORDS = "measured on other records"
_UNREADABLE = "its answers cannot be read"


@dataclass(frozen=True)
class Paired:
    """The answers of both versions to the same records, as ``hubpress.metrics.counts.Predictions`` of the gain."""

    before: Recorded | NumberPredictions
    after: Recorded | NumberPredictions

    def __len__(self) -> int:
        return len(self.after)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return what each figure gained over all records."""
        before, after = self.before.metrics(names), self.after.metrics(names)
        return {name: after[name] - before[name] for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return what each figure gained (names, resamples) with each record counted by weights."""
        gained: np.ndarray = self.after.resampled(names, weights) - self.before.resampled(names, weights)
        return gained

    def tested(self, name: str, *, samples: int, confidence: float) -> PairedTest:
        """Return the interval of a figure's gain, and the p-value of the permutation test."""
        found = bootstrap_intervals((name,), self, samples=samples, confidence=confidence)[name]
        return PairedTest(
            low=found.low,
            high=found.high,
            confidence=confidence,
            p_value=self._p_value(name, samples),
            resamples=samples,
        )

    def _p_value(self, name: str, samples: int) -> float:
        from scipy.stats import permutation_test

        count, both = len(self), _beside(self.before, self.after)

        def figure(drawn: np.ndarray) -> np.ndarray:
            rows = drawn.reshape(-1, count).astype(np.int64)
            weights = np.stack([np.bincount(row, minlength=2 * count) for row in rows])
            values: np.ndarray = both.resampled((name,), weights.astype(np.float64))[0]
            return values.reshape(drawn.shape[:-1])

        def gained(before: np.ndarray, after: np.ndarray, axis: int) -> np.ndarray:
            # Rounded, so that a gain of the same answers in another order counts as the same.
            difference: np.ndarray = np.round(
                figure(np.moveaxis(after, axis, -1)) - figure(np.moveaxis(before, axis, -1)), 12
            )
            return difference

        answers = np.arange(count)
        result = permutation_test(
            (answers, answers + count),
            gained,
            permutation_type="samples",
            vectorized=True,
            n_resamples=samples,
            batch=max(1, _CELLS // max(2 * count, _WIDEST)),
            rng=np.random.default_rng(0),
        )
        return float(result.pvalue)


def paired_answers(before: Evaluation, after: Evaluation) -> Paired | str:
    """Return both versions' answers to the same records, or why there are none to compare, in some words."""
    if before.data.fingerprint != after.data.fingerprint:
        return OTHER_RECORDS
    if before.outcomes is None or after.outcomes is None:
        return "no answers were published with it"
    if before.decision.positive != after.decision.positive:
        return "another label is the positive one"
    if before.targets is None and after.targets is None:
        return _paired_labels(before, after)
    return _paired_numbers(before, after)


def _paired_labels(before: Evaluation, after: Evaluation) -> Paired | str:
    among = list(dict.fromkeys([*before.labels, *after.labels]))
    try:
        one, other = (_recorded(evaluation, among) for evaluation in (before, after))
    except (ValueError, IndexError):
        return _UNREADABLE
    return Paired(one, other) if one.has_truth_of(other) else OTHER_RECORDS


def _paired_numbers(before: Evaluation, after: Evaluation) -> Paired | str:
    if before.labels != after.labels or before.targets is None or after.targets is None:
        return "other numbers are answered"
    try:
        one, other = (_numbers(evaluation) for evaluation in (before, after))
    except ValueError:
        return _UNREADABLE
    return Paired(one, other) if one.has_truth_of(other) else OTHER_RECORDS


def _numbers(evaluation: Evaluation) -> NumberPredictions:
    assert evaluation.outcomes is not None
    texts = (evaluation.outcomes.expected, evaluation.outcomes.answered)
    truth, answers = (read(text, len(evaluation.labels)) for text in texts)
    if not len(truth) == len(answers) == evaluation.data.count:
        raise ValueError("there are other numbers of answers than of records")
    return NumberPredictions(evaluation.labels, truth, answers)


def _beside(one: Recorded | NumberPredictions, other: Recorded | NumberPredictions) -> Recorded | NumberPredictions:
    if isinstance(one, NumberPredictions):
        assert isinstance(other, NumberPredictions)  # paired_answers pairs no others
        return one.beside(other)
    assert isinstance(other, Recorded)
    return one.beside(other)


def _recorded(evaluation: Evaluation, among: Sequence[str]) -> Recorded:
    assert evaluation.outcomes is not None
    labels = evaluation.labels
    recorded = Recorded.read(evaluation.outcomes, labels, positive=evaluation.decision.positive, among=among)
    if len(recorded) != evaluation.data.count:
        raise ValueError("there are other numbers of answers than of records")
    return recorded
