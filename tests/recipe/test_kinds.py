"""The kinds of tasks."""

from __future__ import annotations

from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import KINDS
from hubpress.recipe.recipe import RecipeFile


def test_the_recipe_knows_the_table_of_tasks() -> None:
    """A recipe's tasks are those of the table, and every metric that it may name has a name on the Hub."""
    assert RecipeFile.model_fields["task"].annotation.__args__ == tuple(KINDS)
    for kind in KINDS.values():
        assert set(kind.known_metrics(positive=True)) <= METRIC_NAMES.keys()
