"""Outcomes: counts give scikit-learn's and seqeval's own figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import f1_score, top_k_accuracy_score

from helpers.outcomes import LABELS, NAMES, RECORDS
from hubpress.recipe.kinds import KINDS
from hubpress.tasks.levels import Level
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions, LabelSetPredictions

SINGLE = (*KINDS["single-label"].metrics, *KINDS["single-label"].further_metrics)
MULTI = KINDS["multi-label"].metrics
POSITIVE = (*KINDS["single-label"].positive_metrics, "accuracy", "f1_macro", "f1_weighted")


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
