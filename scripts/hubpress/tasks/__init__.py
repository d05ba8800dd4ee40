"""What differs between kinds of tasks, as a table: a new kind is one entry in ``kinds.py`` and one module."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from hubpress.tasks.kinds import KINDS, Kind

if TYPE_CHECKING:
    from hubpress.tasks.base import Task


def get_task(name: str) -> Task:
    """Return the code of a recipe's ``task:``; it imports torch and transformers, :data:`KINDS` does not."""
    return cast("Task", importlib.import_module(KINDS[name].module).TASK)


__all__ = ["KINDS", "Kind", "get_task"]
