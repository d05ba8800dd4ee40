"""Baselines: what needs no model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hubpress.data.stored import load_split
from hubpress.metrics.entities import SpanPredictions


def test_the_most_frequent_tag_of_each_word(given: Callable[..., Any]) -> None:
    """Seen words get their usual tag, unseen ones O, and an I- that continues nothing begins an entity."""
    from datasets import Dataset

    from hubpress.tasks.token import TokenTask

    seen = [("new york soup", "B-place I-place B-dish"), ("in york ,", "O B-place O"), ("new york", "B-place I-place")]
    recipe, facts, data = given(seen)
    task = TokenTask(recipe, facts)
    splits = {name: load_split(data, name) for name in ("train", "validation")}

    dish, place = 0, 1

    nobody = SpanPredictions((), [], [])

    def metrics(text: str, *entities: list[int]) -> dict[str, float]:
        words = [list(found.span()) for found in re.finditer(r"\S+", text)]
        test = Dataset.from_list([{"text": text, "words": words, "entities": list(entities)}])
        (row,) = task.baselines({**splits, "test": test}, None, ours=nobody)
        assert (row.name, row.slices) == ("most_frequent", ())
        return row.metrics

    every = {"f1": 1.0, "precision": 1.0, "recall": 1.0}
    assert metrics("new york , soup", [0, 8, place], [11, 15, dish]) == every
    assert metrics("in york", [3, 7, place])["f1"] == 1.0
    assert metrics("NEW YORK", [0, 8, place])["f1"] == 0.0
