"""What a model's page offers to try: the recipe's examples, and records drawn from the test split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.input_template import fields_of, render
from hubpress.recipe.kinds import ANSWER_COLUMNS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts

if TYPE_CHECKING:
    from datasets import Dataset

_LONGEST = 600  # characters: the page shows every example whole
_LOOKED_AT = 5000  # records from which examples are drawn


def examples_of(recipe: Recipe, facts: SplitFacts, test: Dataset) -> list[dict[str, Any]]:
    """Return the widget's examples in the recipe's order: ``text`` as the model reads it, ``example_title``, perhaps
    the ``record`` and, of records of the test split, the ``expected`` labels."""
    examples: list[dict[str, Any]] = []
    template = recipe.data.input_template or ""
    for example in recipe.widget:
        if example.from_test:
            examples += _drawn(recipe, facts, test, example.from_test)
        elif example.record:
            text = render(template, {**dict.fromkeys(fields_of(template), ""), **example.record})
            examples.append({"text": text, "record": dict(example.record), "example_title": example.example_title})
        else:
            examples.append({"text": example.text, "example_title": example.example_title})
    return examples


def _drawn(recipe: Recipe, facts: SplitFacts, test: Dataset, wanted: int) -> Iterator[dict[str, Any]]:
    """Yield records of the test split: short enough to show, of different labels as far as there are."""
    looked_at = test.select(range(min(len(test), _LOOKED_AT)))
    order = np.random.default_rng(recipe.data.split.seed).permutation(len(looked_at)).tolist()
    fitting = [row for row in order if len(looked_at[row]["text"]) <= _LONGEST] or order
    seen: set[str] = set()
    different: list[int] = []
    repeated: list[int] = []
    for row in fitting:
        first = next(iter(_expected(recipe, facts, looked_at[row])), "")
        (repeated if first in seen or not first else different).append(row)
        seen.add(first)
        if len(different) == wanted:
            break
    for number, row in enumerate([*different, *repeated][:wanted], start=1):
        record = looked_at[row]
        example = {
            "text": record["text"],
            "example_title": f"From the test split ({number})",
            "expected": _expected(recipe, facts, record),
        }
        if "record" in record:
            example["record"] = {name: str(value) for name, value in json.loads(record["record"]).items() if value}
        yield example


def _expected(recipe: Recipe, facts: SplitFacts, record: dict[str, Any]) -> list[str]:
    """Return the true labels of a record; of a sentence its entities with their types."""
    answer = record[ANSWER_COLUMNS[recipe.task]]
    if recipe.task == "token":
        from hubpress.metrics.entities import entities_of

        tokens, found = record["tokens"], entities_of(answer, facts.labels)
        return [f"{' '.join(tokens[start:end])} ({kind})" for start, end, kind in sorted(found)]
    return [facts.labels[number] for number in ([answer] if isinstance(answer, int) else answer)]
