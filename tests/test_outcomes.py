"""Outcomes: counts give scikit-learn's and seqeval's own figures, intervals those of scipy on resampled records."""

from __future__ import annotations

import numpy as np
import pytest
from datasets import Dataset
from scipy import sparse
from scipy.stats import bootstrap
from sklearn.metrics import f1_score, top_k_accuracy_score

from hubpress.errors import HubpressError
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.recipe.kinds import KINDS
from hubpress.tasks.levels import Level
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions, LabelSetPredictions
from hubpress.train.oversampling import oversampled

RECORDS, LABELS = 300, 14
NAMES = tuple(f"Label {number}" for number in range(LABELS))
SINGLE = (*KINDS["single-label"].metrics, *KINDS["single-label"].further_metrics)
MULTI = KINDS["multi-label"].metrics
POSITIVE = (*KINDS["single-label"].positive_metrics, "accuracy", "f1_macro", "f1_weighted")


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def classes(random: np.random.Generator) -> tuple[ClassPredictions, np.ndarray]:
    """Ranked answers of a fair classifier; the last label is never true, the one before it never answered."""
    truth = random.integers(LABELS - 1, size=RECORDS)
    scores = random.random((RECORDS, LABELS))
    scores[np.arange(RECORDS), truth] += 0.4
    scores[:, LABELS - 2] = -1
    return ClassPredictions(NAMES, truth, np.argsort(-scores, axis=1)[:, :10]), scores


@pytest.fixture
def sets(random: np.random.Generator) -> LabelSetPredictions:
    """Sets of labels, some empty, some labels without any record."""
    truth = random.random((RECORDS, LABELS)) < np.linspace(0, 0.3, LABELS)
    answers = truth ^ (random.random(truth.shape) < 0.1)
    answers[:, 1] = False
    return LabelSetPredictions(NAMES, sparse.csr_matrix(truth), sparse.csr_matrix(answers))


@pytest.fixture
def binary(random: np.random.Generator) -> BinaryPredictions:
    truth = random.random(RECORDS) < 0.1
    scores = np.clip(random.normal(0.3 + 0.3 * truth, 0.15), 0, 1)
    return BinaryPredictions(("no", "yes"), 1, truth, scores, 0.45)


def test_counts_give_the_libraries_figures(
    classes: tuple[ClassPredictions, np.ndarray], sets: LabelSetPredictions, binary: BinaryPredictions
) -> None:
    """With every record counted once, what intervals are made of equals what is reported."""
    once = np.ones((1, RECORDS))
    for outcome, names in ((classes[0], SINGLE), (sets, MULTI), (binary, POSITIVE)):
        reported = outcome.metrics(names)
        for name, value in zip(names, outcome.resampled(names, once)[:, 0], strict=True):
            assert value == pytest.approx(reported[name], abs=1e-12), name


def test_counted_twice_is_a_record_twice(sets: LabelSetPredictions, binary: BinaryPredictions) -> None:
    """A record with weight 2 counts as two records, one with weight 0 as none."""
    weights = np.random.default_rng(1).integers(3, size=RECORDS).astype(float)
    rows = np.repeat(np.arange(RECORDS), weights.astype(int))
    repeated = LabelSetPredictions(NAMES, sets.truth[rows], sets.answers[rows])
    chosen = BinaryPredictions(binary.labels, 1, binary.truth[rows], binary.scores[rows], binary.threshold)
    for outcome, other, names in ((sets, repeated, MULTI), (binary, chosen, POSITIVE)):
        found = outcome.resampled(names, weights[None])[:, 0]
        assert found == pytest.approx(list(other.metrics(names).values()), abs=1e-9)


def test_top_k_is_scikit_learns(classes: tuple[ClassPredictions, np.ndarray]) -> None:
    """Accuracy among the first five and ten equals scikit-learn's over all scores."""
    outcome, scores = classes
    for top in (5, 10):
        expected = top_k_accuracy_score(outcome.truth, scores, k=top, labels=np.arange(LABELS))
        assert outcome.metrics([f"accuracy_top_{top}"])[f"accuracy_top_{top}"] == pytest.approx(expected)


def test_macro_leaves_out_what_never_occurs(sets: LabelSetPredictions) -> None:
    """A label without records or answers does not pull the macro average down; one that is missed does."""
    truth, answers = sets.truth.toarray(), sets.answers.toarray()
    truth[:, 0] = answers[:, 0] = False
    outcome = LabelSetPredictions(NAMES, sparse.csr_matrix(truth), sparse.csr_matrix(answers))
    expected = f1_score(truth[:, 1:], answers[:, 1:], average="macro", zero_division=0)
    assert outcome.metrics(["f1_macro"])["f1_macro"] == pytest.approx(expected)


def test_rolled_up_to_parents(classes: tuple[ClassPredictions, np.ndarray], sets: LabelSetPredictions) -> None:
    """Parents are right where any child of theirs is meant."""
    level = Level("area", ("even", "odd"), np.arange(LABELS) % 2)
    single = classes[0].at(level)
    assert (single.truth == classes[0].truth % 2).all()
    multi = sets.at(level)
    assert (multi.truth.toarray()[:, 0] == sets.truth.toarray()[:, ::2].any(axis=1)).all()


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


def test_oversampling_fills_up_rare_labels() -> None:
    """Every label stands as often as wanted; its records are repeated in turn; nothing is lost."""
    train = Dataset.from_dict({"labels": [[0]] * 9 + [[1, 0]] * 2 + [[2]], "row": list(range(12))})
    grown = oversampled(train, 5)
    counts = np.bincount([label for labels in grown["labels"] for label in labels])
    assert counts.tolist() == [9 + 2 + 3, 5, 5]
    assert list(grown["row"][:12]) == list(range(12))
    assert sorted(grown["row"][12:]) == [9, 9, 10, 11, 11, 11, 11]
    assert oversampled(train, None) is train
