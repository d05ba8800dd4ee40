"""A split's records as the texts, or pairs of texts, of one combination of inputs, read some at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubpress.inference.inputs import ModelInput, given, inputs_of, texts_in
from hubpress.input_template import Record, fields_of, render
from hubpress.recipe.recipe import Recipe

if TYPE_CHECKING:
    from datasets import Dataset

CHUNK = 2048


@dataclass(frozen=True)
class InputCombination:
    """Records of a split as texts: all of them as they are, or those with all *fields*, with the others empty."""

    records: Dataset
    rows: np.ndarray
    templates: tuple[str, ...] = ()
    """Of a text, or of both texts of a pair."""
    fields: tuple[str, ...] = ()

    @classmethod
    def whole(cls, records: Dataset) -> InputCombination:
        """Return the records as the model was trained on them."""
        return cls(records, np.arange(len(records)))

    @classmethod
    def of_inputs(cls, recipe: Recipe, records: Dataset, fields: tuple[str, ...]) -> InputCombination:
        """Return the records whose *fields* all have something in them, as texts of those fields alone."""
        having: list[int] = []
        for start in range(0, len(records), CHUNK):
            for index, text in enumerate(records[start : start + CHUNK]["record"], start=start):
                if has_all(json.loads(text), fields):
                    having.append(index)
        return cls(records, np.array(having, dtype=np.int64), recipe.data.templates, fields)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def _texts(self) -> Dataset:
        return self.records.select_columns(texts_in(self.records))

    def chunks(self) -> Iterator[list[ModelInput]]:
        """Yield the texts or pairs in their order, at most 2,048 at a time."""
        for start in range(0, len(self.rows), CHUNK):
            rows = self.rows[start : start + CHUNK]
            yield self._rendered(rows) if self.fields else inputs_of(self._texts[rows])

    def _rendered(self, rows: np.ndarray) -> list[ModelInput]:
        records = (json.loads(text) for text in self.records[rows]["record"])
        return [input_alone(self.templates, record, self.fields) for record in records]


def has_all(record: Record, fields: Sequence[str]) -> bool:
    """Tell whether a record has something in each of some fields."""
    return all(str(record[name]).strip() for name in fields)


def input_alone(templates: Sequence[str], record: Record, fields: Sequence[str]) -> ModelInput:
    """Return a record as the text, or the pair of texts, of some of its fields, with the others empty."""

    def text(template: str) -> str:
        empty = dict.fromkeys(fields_of(template), "")
        return render(template, {**empty, **{name: record[name] for name in fields if name in empty}})

    return given(*map(text, templates))


def inputs_in(split: Dataset) -> list[ModelInput]:
    """Return the texts or pairs of a whole split in their order."""
    return inputs_of(split.select_columns(texts_in(split))[:])


def input_combinations(recipe: Recipe, records: Dataset) -> dict[str | None, InputCombination]:
    """Return the records as they are (None), and by each combination of inputs that any record has."""
    combinations: dict[str | None, InputCombination] = {None: InputCombination.whole(records)}
    for name, fields in recipe.evaluation.inputs.items():
        combination = InputCombination.of_inputs(recipe, records, fields)
        if len(combination):
            combinations[name] = combination
    return combinations
