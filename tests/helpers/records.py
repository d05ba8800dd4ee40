"""Records of the good model "pets" with another ``data:`` block, read as ``--preview`` reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from helpers.faults import GOOD, overlaid
from hubpress.data.preview import PreviewedRecord
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.release.api import preview_records

SEVERAL = {"task": "multi-label", "decision": {"rule": "threshold", "threshold": 0.5}}
TOKENS = {"task": "token"}
_USUAL = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))


def recipe_with(folder: Path, changes: dict[str, Any] | None = None, **data: Any) -> Recipe:
    """Write the recipe of a model into *folder* and load it: the good one with changes, and another ``data:``."""
    usual = {"columns": {"label": "topic"}, "input_template": "{{ text }}"}
    if changes == TOKENS:
        usual["input_template"] = None  # type: ignore[assignment]
    recipe = {**_USUAL, **(changes or {}), "data": overlaid(usual, data)}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_recipe(folder.name, models_dir=folder.parent)


def previewed(
    folder: Path, changes: dict[str, Any] | None = None, *, count: int = 100, **data: Any
) -> tuple[PreviewedRecord, ...]:
    """Return the records that a ``data:`` block names, with *folder* as the model's folder."""
    return preview_records(recipe_with(folder, changes, **data), count=count)


def answers(records: tuple[PreviewedRecord, ...]) -> list[tuple[str, ...]]:
    """Return the labels of records; of a token model the words of their entities with their types."""
    return [one.labels or tuple(f"{found.words}/{found.type}" for found in one.entities) for one in records]
