"""Records shown to a model in parts: some of their fields alone, beside the whole, so that it learns from each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.inference.inputs import inputs_of, texts_in, texts_of
from hubpress.recipe.recipe import Recipe
from hubpress.tasks.inputs import has_all, input_alone

if TYPE_CHECKING:
    from datasets import Dataset


def in_parts(recipe: Recipe, train: Dataset, folder: Path) -> Dataset:
    """Return the records of a prepared split by each combination of ``training.inputs``, at least one.

    A record that lacks a field of a combination is not among them, nor one that has nothing else: its text would be the
    whole one again. They are kept on disk in *folder*.
    """
    from datasets import concatenate_datasets

    templates, columns = recipe.data.templates, texts_in(train)

    def part(batch: dict[str, list[Any]], fields: tuple[str, ...]) -> dict[str, list[Any]]:
        records = [json.loads(text) for text in batch["record"]]
        alone, whole = [input_alone(templates, record, fields) for record in records], inputs_of(batch)
        kept = [row for row, one in enumerate(alone) if has_all(records[row], fields) and one != whole[row]]
        chosen = {name: [values[row] for row in kept] for name, values in batch.items()}
        return {**chosen, **dict(zip(columns, texts_of(alone[row] for row in kept), strict=False))}

    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        train.map(
            part, batched=True, fn_kwargs={"fields": fields}, cache_file_name=str(folder / f"part-{number}.arrow"),
            features=train.features, desc="Taking fields",
        )
        for number, fields in enumerate(recipe.training.inputs)
    ]  # fmt: skip
    return concatenate_datasets(parts)
