"""What differs between kinds of tasks, as a table: a new kind is one entry in ``kinds.py`` and one module."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from hubpress import __version__
from hubpress.errors import HubpressError
from hubpress.tasks.kinds import KINDS, Kind

if TYPE_CHECKING:
    from hubpress.recipe import Recipe
    from hubpress.tasks.base import Task


def refuse_unbuilt(recipe: Recipe) -> None:
    """Raise HubpressError for what a recipe may say and the data stage can read, but no later stage can do yet."""
    from hubpress.metrics import SCORES

    unmeasured = [name for name in recipe.metrics if name not in SCORES]
    unbuilt = {
        f"task {recipe.task}": recipe.task != "single-label",
        f"decision.rule {recipe.decision.rule}": recipe.decision.rule != "argmax",
        f"evaluation.metrics {', '.join(unmeasured)}": bool(unmeasured),
        "evaluation.inputs": bool(recipe.evaluation.inputs),
        "widget examples without a text": not all(example.text for example in recipe.widget),
    }
    asked = [what for what, is_asked in unbuilt.items() if is_asked]
    if asked:
        raise HubpressError(
            f"hubpress {__version__} cannot train and release this yet: {'; '.join(asked)}.",
            hint="`hubpress data` reads and splits its records.",
        )


def get_task(name: str) -> Task:
    """Return the code of a recipe's ``task:``; it imports torch and transformers, :data:`KINDS` does not."""
    return cast("Task", importlib.import_module(KINDS[name].module).TASK)


__all__ = ["KINDS", "Kind", "get_task", "refuse_unbuilt"]
