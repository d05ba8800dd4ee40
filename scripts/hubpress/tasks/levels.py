"""The levels above a model's labels (subfield, field, domain), to which answers are rolled up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts


@dataclass(frozen=True, eq=False)
class Level:
    """One level: its name, its parents' names, and for each label (in id order) the number of its parent."""

    name: str
    names: tuple[str, ...]
    parent: np.ndarray


def levels_of(recipe: Recipe, splits: SplitFacts) -> tuple[Level, ...]:
    """Return the levels of the recipe's label table, in its order; none without parents."""
    table = recipe.data.label_table
    levels = []
    for name in table.parents if table else ():
        above = [splits.parents[label][name] for label in splits.labels]
        names = tuple(dict.fromkeys(above))
        ids = {parent: number for number, parent in enumerate(names)}
        levels.append(Level(name, names, np.array([ids[parent] for parent in above])))
    return tuple(levels)
