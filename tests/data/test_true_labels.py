"""The true answers of records: how often each class occurs, and by which class a record is drawn."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from hubpress.data.labels import LabelNames, TrueLabels
from hubpress.data.splitting import STAYS

CLASSES = 9


def truth_of(answers: list[list[int]], of_record: list[int]) -> TrueLabels:
    """Return the answers of records, whose classes are their ids."""
    names = tuple(f"class {number}" for number in range(CLASSES))
    return TrueLabels.of(LabelNames(names, names, "data.labels"), np.array(of_record), answers, answers)


@pytest.mark.parametrize("seed", range(20))
def test_counts_and_the_rarest_class(seed: int) -> None:
    """As counted one by one: an answer may hold a class twice or none at all; of equally rare ones the first counts."""
    draw = random.Random(seed)
    answers = [draw.choices(range(CLASSES), k=draw.choice((0, 1, 1, 2, 3, 5))) for _ in range(12)]
    truth = truth_of(answers, [draw.randrange(len(answers)) for _ in range(40)])
    rows = np.array(draw.sample(range(40), 25))
    held = [answers[truth.of_record[row]] for row in rows]
    counts = Counter(number for classes in held for number in classes)
    assert truth.counts(rows).tolist() == [counts[number] for number in range(CLASSES)]
    assert truth.counted(rows) == {f"class {number}": counts[number] for number in range(CLASSES)}
    expected = []
    for classes in held:
        rarest = min(classes, key=lambda number: (counts[number], number), default=-1)
        expected.append(STAYS if rarest >= 0 and counts[rarest] < 3 else rarest)
    assert truth.rarest(rows).tolist() == expected


def test_a_class_that_no_row_has_counts_nothing() -> None:
    """A row is drawn by what it holds, however rare other classes are."""
    truth = truth_of([[8, 2], [2]], [0, 1, 1, 0, 0])
    assert truth.counts(np.array([1, 2])).tolist() == [0, 0, 2, 0, 0, 0, 0, 0, 0]
    assert truth.rarest(np.arange(5)).tolist() == [8, 2, 2, 8, 8]
    assert truth.in_words(0) == "class 8, class 2"
