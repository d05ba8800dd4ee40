"""Two versions' answers to the same records, written down and read again: what each figure gained, and by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binomtest

from helpers.paths import ROOT
from hubpress.metrics.counts import Predictions
from hubpress.metrics.entities import SpanPredictions
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.outcomes import Outcomes
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions, LabelSetPredictions
from hubpress.tasks.recorded import Counted, Recorded, outcomes_of
from hubpress.versions.compare import Facts, changed_figures
from hubpress.versions.paired import OTHER_RECORDS, Paired, paired_answers

RECORDS, LABELS = 200, ("a", "b", "c", "d")


def classes(*, right: float, seed: int = 1) -> ClassPredictions:
    """Answers of a model that is right so often; the truth is always the same."""
    truth = np.random.default_rng(0).integers(len(LABELS), size=RECORDS)
    random = np.random.default_rng(seed)
    scores = random.random((RECORDS, len(LABELS)))
    scores[np.arange(RECORDS), truth] += random.random(RECORDS) < right
    return ClassPredictions(LABELS, truth, np.argsort(-scores, axis=1)[:, :2])


def sets() -> LabelSetPredictions:
    random = np.random.default_rng(2)
    truth = random.random((RECORDS, len(LABELS))) < 0.3
    answers = truth ^ (random.random(truth.shape) < 0.1)
    return LabelSetPredictions(LABELS, sparse.csr_matrix(truth), sparse.csr_matrix(answers))


def binary() -> BinaryPredictions:
    random = np.random.default_rng(3)
    truth = random.random(RECORDS) < 0.2
    return BinaryPredictions(("no", "yes"), 1, truth, np.clip(random.normal(0.3 + 0.3 * truth, 0.2), 0, 1), 0.5)


def spans() -> SpanPredictions:
    true = [{(0, 2): 0, (3, 5): 1}, {(0, 4): 1}, {}, {(1, 2): 0, (3, 4): 0}]
    return SpanPredictions(("a", "b"), true, [{(0, 2): 0, (3, 5): 0}, {(0, 3): 1}, {(7, 9): 1}, {(1, 2): 0, (3, 4): 0}])


@pytest.mark.parametrize(
    ("predictions", "names"),
    [
        (classes(right=0.6), ["accuracy", "accuracy_top_2", "f1_macro", "f1_weighted", "precision_macro"]),
        (sets(), ["f1_weighted", "f1_macro", "f1_micro", "f1_samples", "recall_samples"]),
        (binary(), ["f1", "precision", "recall", "accuracy", "f1_macro", "average_precision"]),
        (spans(), ["f1", "precision", "recall"]),
    ],
)
def test_what_is_written_down_gives_the_figures_again(predictions: Any, names: list[str]) -> None:
    """Of every kind of task, also when the labels are numbered anew among those of another version."""
    labels = predictions.types if isinstance(predictions, SpanPredictions) else predictions.labels
    written = Outcomes.model_validate_json(outcomes_of(predictions).model_dump_json())
    positive = "yes" if isinstance(predictions, BinaryPredictions) else None
    read = Recorded.read(written, labels, positive=positive, among=("new", *reversed(labels)))
    assert read.metrics(names) == pytest.approx(predictions.metrics(names))
    weights = np.random.default_rng(4).integers(3, size=(5, len(predictions))).astype(float)
    assert read.resampled(names, weights) == pytest.approx(predictions.resampled(names, weights))


def recorded(predictions: Counted) -> Recorded:
    return Recorded.read(outcomes_of(predictions), LABELS, positive=None, among=LABELS)


def test_of_accuracy_the_test_is_mcnemars() -> None:
    """Its p-value is that of the exact binomial test on the records that one alone answers right."""
    before, after = classes(right=0.55), classes(right=0.7, seed=2)
    first, second = (one.ranked[:, 0] == one.truth for one in (before, after))
    only = int((second & ~first).sum()), int((first & ~second).sum())
    expected = binomtest(only[0], sum(only)).pvalue
    assert 0.0005 < expected < 0.2  # else nothing is told
    found = Paired(recorded(before), recorded(after)).tested("accuracy", samples=4000, confidence=0.95)
    assert found.p_value == pytest.approx(expected, abs=0.02)
    gained = after.metrics(["accuracy"])["accuracy"] - before.metrics(["accuracy"])["accuracy"]
    assert found.low < gained < found.high


def test_chance_is_told_from_a_loss() -> None:
    same = Paired(recorded(classes(right=0.8)), recorded(classes(right=0.8)))
    assert same.tested("f1_macro", samples=200, confidence=0.95).p_value == 1
    alike = Paired(recorded(classes(right=0.8)), recorded(classes(right=0.8, seed=9)))
    assert not alike.tested("f1_macro", samples=500, confidence=0.95).is_beyond_noise
    worse = Paired(recorded(classes(right=0.8)), recorded(classes(right=0.3, seed=9)))
    found = worse.tested("f1_macro", samples=500, confidence=0.95)
    assert found.is_beyond_noise and found.high < 0


def evaluation(predictions: ClassPredictions, **changes: Any) -> Evaluation:
    """A golden evaluation, with these answers for its own."""
    given: dict[str, Any] = {**Evaluation.load(ROOT / "tests/samples/card/conference-titles/evaluation.json").as_json()}
    names = ["accuracy", "f1_macro"]
    metrics = predictions.metrics(names)
    row = {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 1, "correct": 1}
    given |= {
        "metrics": metrics,
        "intervals": {name: {"low": 0.0, "high": 1.0, "standard_error": 0.1} for name in names},
        "main_metric": "f1_macro",
        "bootstrap_samples": 200,
        "per_class": [{"label": label, **row} for label in predictions.labels],
        "outcomes": outcomes_of(predictions).as_json(),
    }
    given["data"] = {**given["data"], "count": RECORDS}
    return Evaluation.model_validate({**given, **changes})


def test_figures_are_tested_on_the_same_records_alone() -> None:
    """And on answers that are there, and that give the figures which were published."""
    before, after = classes(right=0.8), classes(right=0.3, seed=9)
    training: Any = None
    old, new = (Facts(evaluation(one), training) for one in (before, after))
    main, other = changed_figures(old, new)
    assert (main.name, main.is_main, main.fell_beyond_noise) == ("f1_macro", True, True)
    assert (other.name, other.fell_beyond_noise) == ("accuracy", True)
    data = old.evaluation.data
    elsewhere = data.model_copy(update={"fingerprint": "0" * 64})
    turned = ClassPredictions(LABELS, before.truth[::-1].copy(), before.ranked[::-1].copy())
    for changed, says in (
        (evaluation(before, data=elsewhere), OTHER_RECORDS),
        (evaluation(turned), OTHER_RECORDS),
        (evaluation(before, outcomes=None), "no answers were published with it"),
        (evaluation(before, outcomes={"expected": "0 1 7", "answered": "0 1 1"}), "its answers cannot be read"),
        (evaluation(before, outcomes={"expected": "0 1 x", "answered": "0 1 1"}), "its answers cannot be read"),
        (evaluation(before, metrics={"accuracy": 0.1, "f1_macro": 0.2}), "the published answers give another figure"),
    ):
        for figure in changed_figures(Facts(changed, training), new):
            assert (figure.test, figure.untested, figure.fell_beyond_noise) == (None, says, False)


def test_labels_may_have_another_order() -> None:
    """They are the same by their names."""
    one = classes(right=0.8)
    order = np.array([2, 0, 3, 1])  # the new number of each label
    names = tuple(LABELS[number] for number in np.argsort(order))
    other = ClassPredictions(names, order[one.truth], order[one.ranked])
    paired = paired_answers(evaluation(one), evaluation(other))
    assert isinstance(paired, Paired)
    answers: Predictions = paired
    assert answers.metrics(["accuracy", "f1_macro"]) == pytest.approx({"accuracy": 0, "f1_macro": 0})
