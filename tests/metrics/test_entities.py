"""Entities as spans: scores, tables, what was missed and what was made up; and tags of words by seqeval."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from helpers.tags import LABELS, random_tags
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.entities import SpanPredictions, Spans, TextErrors, word_metrics
from hubpress.metrics.iob2 import as_iob1, repaired, runs

NAMES = ("f1", "precision", "recall")
TYPES = ("dish", "place")


def spans(tags: list[int]) -> dict[tuple[int, int], int]:
    return {(start, end): kind for start, end, kind in runs(tags)}


def test_the_scores_are_seqevals() -> None:
    """Micro-averages, rows of types and the bootstrap's counts, on tags that are whole; words also on others."""
    rng = random.Random(3)
    options = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    scores = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    for _ in range(30):
        lengths = [rng.randint(1, 12) for _ in range(rng.randint(2, 30))]
        true, predicted = ([random_tags(rng, length) for length in lengths] for _ in range(2))
        predicted = [list(truth) if rng.random() < 0.5 else tags for truth, tags in zip(true, predicted, strict=True)]
        names = [[[LABELS[tag] for tag in tags] for tags in sequences] for sequences in (true, predicted)]
        expected = {name: score(*names, **options) for name, score in scores.items()}
        assert word_metrics(true, predicted, NAMES) == pytest.approx(expected)
        true, predicted = ([repaired(tags) for tags in sequences] for sequences in (true, predicted))
        names = [[[LABELS[tag] for tag in tags] for tags in sequences] for sequences in (true, predicted)]
        outcome = SpanPredictions(TYPES, list(map(spans, true)), list(map(spans, predicted)))
        metrics = outcome.metrics(NAMES)
        assert metrics == pytest.approx({name: score(*names, **options) for name, score in scores.items()})
        report = classification_report(*names, output_dict=True, **options)
        for row in outcome.per_class():
            theirs = report.get(row.label, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
            assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(
                [theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]]
            )
        assert outcome.resampled(("f1",), np.ones((1, len(outcome))))[0, 0] == pytest.approx(metrics["f1"])
        assert sum(row.correct for row in outcome.per_class()) == sum(
            outcome.confusion().matrix[kind][kind] for kind in range(2)
        )


def test_nothing_answered_scores_nothing_without_a_warning() -> None:
    """No answer gives 0; so does truth without entities."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert word_metrics([[1, 2, 0], [3]], [[0, 0, 0], [0]], NAMES) == dict.fromkeys(NAMES, 0.0)
        cases: list[tuple[list[Spans], list[Spans]]] = [
            ([{(0, 2): 0}, {(0, 1): 1}], [{}, {}]),
            ([{}, {}], [{}, {(0, 1): 0}]),
        ]
        for true, predicted in cases:
            outcome = SpanPredictions(TYPES, true, predicted)
            assert outcome.metrics(("f1", "recall")) == {"f1": 0.0, "recall": 0.0}
            assert [row.correct for row in outcome.per_class()] == [0, 0]
            assert bootstrap_intervals(("f1",), outcome, samples=10, confidence=0.95)["f1"].high == 0


def test_what_was_missed_and_what_was_made_up() -> None:
    """The confusion matrix counts types at the same borders; texts with the most errors come first."""
    texts = ["we eat soup", "new york soup cafe"]
    outcome = SpanPredictions(
        TYPES, [{(7, 11): 0}, {(0, 8): 1, (9, 13): 0, (14, 18): 0}], [{(7, 11): 1}, {(0, 3): 1, (9, 13): 0}]
    )
    confusion = outcome.confusion()
    assert (confusion.names, confusion.matrix) == (("dish", "place", "none"), ((1, 1, 1), (0, 0, 1), (0, 1, 0)))
    assert outcome.errors(texts) == [
        TextErrors("new york soup cafe", ("new york (place)", "cafe (dish)"), ("new (place)",)),
        TextErrors("we eat soup", ("soup (dish)",), ("soup (place)",)),
    ]
    (long,) = SpanPredictions(TYPES, [{(0, 4): 0}], [{}]).errors(["word " * 99])
    assert len(long.text) == 200


def test_entity_types_with_hyphens() -> None:
    """A type may end with a hyphen, which seqeval strips; other types are not taken for it."""
    assert word_metrics([[1]], [[3]], ["f1"]) == {"f1": 0.0}


def test_tags_are_read_as_the_pipeline_reads_them() -> None:
    """A B- begins anew; an I- goes on where the type is the same, and begins an entity where it is not."""
    assert runs([0, 1, 2, 1, 3, 4, 2, 0, 4]) == [(1, 3, 0), (3, 4, 0), (4, 6, 1), (6, 7, 0), (8, 9, 1)]
    assert runs([]) == []


def test_tags_with_few_beginnings_say_the_same_entities() -> None:
    """A B- is left only where it parts an entity from another of its type right before it."""
    tags = [0, 1, 2, 0, 1, 1, 2, 3, 4, 3, 1]
    fewer = [0, 2, 2, 0, 2, 1, 2, 4, 4, 3, 2]
    assert as_iob1(tags) == fewer
    assert runs(tags) == runs(fewer) and repaired(fewer) == tags
