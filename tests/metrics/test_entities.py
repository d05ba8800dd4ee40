"""Entities by seqeval: scores, tables, what was missed and what was made up."""

from __future__ import annotations

import random
import warnings

import pytest

from helpers.tags import LABELS, random_tags
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.entities import EntityPredictions, SentenceErrors, entities_of


def test_the_scores_are_seqevals() -> None:
    """Micro-averages, rows of types and the bootstrap's counts, on tags that break off and begin with I-."""
    from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
    from seqeval.scheme import IOB2

    rng = random.Random(3)
    for _ in range(30):
        lengths = [rng.randint(1, 12) for _ in range(rng.randint(2, 30))]
        true, predicted = ([random_tags(rng, length) for length in lengths] for _ in range(2))
        predicted = [list(truth) if rng.random() < 0.5 else tags for truth, tags in zip(true, predicted, strict=True)]
        outcome = EntityPredictions(LABELS, true, predicted)
        names = [[[LABELS[tag] for tag in tags] for tags in sequences] for sequences in (true, predicted)]
        options = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        expected = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
        metrics = outcome.metrics(("f1", "precision", "recall"))
        assert metrics == pytest.approx({name: score(*names, **options) for name, score in expected.items()})
        report = classification_report(*names, output_dict=True, **options)
        for row in outcome.per_class():
            theirs = report.get(row.label, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
            assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(
                [theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]]
            )
        import numpy as np

        assert outcome.resampled(("f1",), np.ones((1, len(outcome))))[0, 0] == pytest.approx(metrics["f1"])
        assert sum(row.correct for row in outcome.per_class()) == sum(
            outcome.confusion().matrix[kind][kind] for kind in range(2)
        )


def test_nothing_answered_scores_nothing_without_a_warning() -> None:
    """An all-O answer gives 0; so does truth without entities."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for true, predicted in (([[1, 2, 0], [3]], [[0, 0, 0], [0]]), ([[0, 2], [0]], [[0, 0], [0]])):
            outcome = EntityPredictions(LABELS, true, predicted)
            assert outcome.metrics(("f1", "recall")) == {"f1": 0.0, "recall": 0.0}
            assert [row.correct for row in outcome.per_class()] == [0, 0]
            assert bootstrap_intervals(("f1",), outcome, samples=10, confidence=0.95)["f1"].high == 0


def test_what_was_missed_and_what_was_made_up() -> None:
    """The confusion matrix counts types at the same borders; sentences with the most errors come first."""
    sentences = [["we", "eat", "soup"], ["new", "york", "soup", "cafe"]]
    outcome = EntityPredictions(LABELS, [[0, 0, 1], [3, 4, 1, 1]], [[0, 0, 3], [3, 0, 1, 0]])
    confusion = outcome.confusion()
    assert (confusion.names, confusion.matrix) == (("dish", "place", "none"), ((1, 1, 1), (0, 0, 1), (0, 1, 0)))
    assert outcome.errors(sentences) == [
        SentenceErrors("new york soup cafe", ("new york (place)", "cafe (dish)"), ("new (place)",)),
        SentenceErrors("we eat soup", ("soup (dish)",), ("soup (place)",)),
    ]
    (long,) = EntityPredictions(LABELS, [[1] * 99], [[0] * 99]).errors([["word"] * 99])
    assert len(long.text) == 200


def test_entity_types_with_hyphens() -> None:
    """A type may end with a hyphen, which seqeval strips; other types are not taken for it."""
    labels = ("O", "B-a", "I-a", "B-a-", "I-a-")
    assert EntityPredictions(labels, [[1]], [[3]]).metrics(("f1",)) == {"f1": 0.0}
    assert entities_of([3, 4, 0, 2], labels) == [(0, 2, "a-")]
