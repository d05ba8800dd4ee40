"""Answers of models that were never there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from helpers.outcomes import LABELS, NAMES, RECORDS
from hubpress.tasks.outcomes import BinaryPredictions, ClassPredictions, LabelSetPredictions


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
