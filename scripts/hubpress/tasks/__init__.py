"""What differs between kinds of tasks, as a table: a new kind is one entry in ``kinds.py`` and one module."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from hubpress.tasks.kinds import KINDS, Kind

if TYPE_CHECKING:
    from hubpress.recipe import Recipe
    from hubpress.tasks.base import Task


def get_task(recipe: Recipe) -> Task:
    """Return the code of a recipe's task; it imports torch and transformers, :data:`KINDS` does not."""
    module = "hubpress.tasks.binary" if recipe.variant == "binary" else recipe.kind.module
    return cast("Task", importlib.import_module(module).TASK)


__all__ = ["KINDS", "Kind", "get_task"]
