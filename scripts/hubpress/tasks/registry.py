"""Which code a recipe's task has: a new kind is one entry in ``recipe/kinds.py`` and one module here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from hubpress.recipe.recipe import Recipe
    from hubpress.tasks.protocol import Task


def get_task(recipe: Recipe) -> Task:
    """Return the code of a recipe's task; it imports torch and transformers, which the table of kinds does not."""
    module = "hubpress.tasks.binary" if recipe.variant == "binary" else recipe.kind.module
    return cast("Task", importlib.import_module(module).TASK)
