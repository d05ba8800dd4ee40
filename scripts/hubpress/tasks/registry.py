"""Which code a recipe's task has: a new kind is one entry in ``recipe/kinds.py``, one module, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hubpress.tasks.binary import BinaryTask
from hubpress.tasks.multi_label import MultiLabelTask
from hubpress.tasks.regression import RegressionTask
from hubpress.tasks.selective import SelectiveTask
from hubpress.tasks.single_label import SingleLabelTask
from hubpress.tasks.token import TokenTask

if TYPE_CHECKING:
    from hubpress.recipe.recipe import Recipe
    from hubpress.schemas.splits import SplitFacts
    from hubpress.tasks.protocol import Task

TASKS: dict[str, Callable[[Recipe, SplitFacts], Task]] = {
    "single-label": SingleLabelTask,
    "binary": BinaryTask,
    "multi-label": MultiLabelTask,
    "regression": RegressionTask,
    "selective": SelectiveTask,
    "token": TokenTask,
}
"""By ``Recipe.variant``."""


def task_of(recipe: Recipe, splits: SplitFacts) -> Task:
    """Return the task of a recipe, bound to it and to its labels."""
    return TASKS[recipe.variant](recipe, splits)
