"""What a model's page offers to try: the recipe's examples, and records drawn from the test split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hubpress.input_template import fields_of, render
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Example
from hubpress.tasks.protocol import Measurable

if TYPE_CHECKING:
    from datasets import Dataset

_LONGEST = 600  # characters: the page shows every example whole
_LOOKED_AT = 5000  # records from which examples are drawn


def examples_of(recipe: Recipe, task: Measurable, test: Dataset) -> tuple[Example, ...]:
    """Return the widget's examples in the recipe's order; those of records of the test split know what is true."""
    examples: list[Example] = []
    template = recipe.data.input_template or ""
    for example in recipe.widget:
        if example.from_test:
            examples += _drawn(recipe, task, test, example.from_test)
            continue
        text, title = example.text, example.example_title
        if example.record:
            text = render(template, {**dict.fromkeys(fields_of(template), ""), **example.record})
        examples.append(Example(text=text, example_title=title, record=example.record))
    return tuple(examples)


def _drawn(recipe: Recipe, task: Measurable, test: Dataset, wanted: int) -> Iterator[Example]:
    """Yield records of the test split: short enough to show, of different labels as far as there are."""
    looked_at = test.select(range(min(len(test), _LOOKED_AT)))
    order = np.random.default_rng(recipe.data.split.seed).permutation(len(looked_at)).tolist()
    fitting = [row for row in order if len(looked_at[row]["text"]) <= _LONGEST] or order
    seen: set[str] = set()
    different: list[int] = []
    repeated: list[int] = []
    for row in fitting:
        first = next(iter(task.expected(looked_at[row])), "")
        (repeated if first in seen or not first else different).append(row)
        seen.add(first)
        if len(different) == wanted:
            break
    for number, row in enumerate([*different, *repeated][:wanted], start=1):
        record = looked_at[row]
        fields = json.loads(record["record"]) if "record" in record else None
        yield Example(
            text=record["text"],
            example_title=f"From the test split ({number})",
            record=None if fields is None else {name: str(value) for name, value in fields.items() if value},
            expected=task.expected(record),
        )
