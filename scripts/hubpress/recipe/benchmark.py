"""``evaluation.eval_results``: figures for the leaderboard of a benchmark on the Hub."""

from __future__ import annotations

from hubpress.recipe.values import Block, Text


class BenchmarkTask(Block):
    """A task of a benchmark: of a data set on the Hub with an ``eval.yaml``."""

    task_id: Text
    """Its ``id`` in the ``eval.yaml``."""
    metric: Text | None = None
    """The metric that its leaderboard compares, by our name; without it the main one."""
    notes: Text | None = None
    """What else its leaderboard should say of the figure."""
