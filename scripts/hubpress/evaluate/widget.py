"""What a model's page offers to try: the recipe's examples, and records drawn from the test split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hubpress.inference.inputs import texts_in
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
    for example in recipe.widget:
        if example.from_test:
            examples += _drawn(recipe, task, test, example.from_test)
            continue
        texts = [example.text, *([example.text_pair] if example.text_pair else [])]
        if example.record:
            texts = [
                render(template, {**dict.fromkeys(fields_of(template), ""), **example.record})
                for template in recipe.data.templates
            ]
        first, *second = texts
        examples.append(
            Example(
                text=first,
                text_pair=next(iter(second), None),
                example_title=example.example_title,
                record=example.record,
            )
        )
    return tuple(examples)


def _drawn(recipe: Recipe, task: Measurable, test: Dataset, wanted: int) -> Iterator[Example]:
    """Yield records of the test split: short enough to show, of different labels as far as there are."""
    looked_at = test.select(range(min(len(test), _LOOKED_AT)))
    order = np.random.default_rng(recipe.data.split.seed).permutation(len(looked_at)).tolist()
    columns = texts_in(looked_at)
    fitting = [row for row in order if sum(len(looked_at[row][name]) for name in columns) <= _LONGEST] or order
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
            **{name: record[name] for name in columns},
            example_title=f"From the test split ({number})",
            record=None if fields is None else {name: str(value) for name, value in fields.items() if value},
            expected=task.expected(record),
        )
