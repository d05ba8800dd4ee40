"""The kinds of tasks."""

from __future__ import annotations

from typing import get_args

from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import KINDS
from hubpress.recipe.recipe import RecipeFile


def test_the_recipe_knows_the_table_of_tasks() -> None:
    """A recipe's tasks are those of the table, and every metric that it may name has a name on the Hub."""
    assert get_args(RecipeFile.model_fields["task"].annotation) == tuple(KINDS)
    for kind in KINDS.values():
        assert set(kind.known_metrics(positive=True, ordinal=True)) <= METRIC_NAMES.keys()
