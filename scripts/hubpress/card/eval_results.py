"""``.eval_results/hubpress.yaml``: figures of a benchmark, as its leaderboard on the Hub reads them. Pure."""

from __future__ import annotations

from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import Evaluation
from hubpress.yaml12 import text_of

_PLACES = 4


def eval_results(recipe: Recipe, evaluation: Evaluation) -> str | None:
    """Return the file of a release, by huggingface_hub's own classes; None where it has no figure of a benchmark.

    A sample has none: its model is not meant to be compared.
    """
    dataset, tasks = evaluation.data.dataset, recipe.evaluation.eval_results
    if not tasks or dataset is None or recipe.is_sample:
        return None
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    named = metrics_of_tasks(recipe)
    entries = [
        EvalResultEntry(
            dataset_id=dataset.path,
            task_id=task.task_id,
            value=round(evaluation.metrics[named[task.task_id]], _PLACES),
            dataset_revision=dataset.commit,
            notes="; ".join(filter(None, (METRIC_NAMES[named[task.task_id]].title, task.notes))),
        )
        for task in tasks
    ]
    return text_of(eval_result_entries_to_yaml(entries))


def metrics_of_tasks(recipe: Recipe) -> dict[str, str]:
    """Return which metric is given for each task of the benchmark, by our name."""
    return {task.task_id: task.metric or recipe.main_metric for task in recipe.evaluation.eval_results}


def values_of_tasks(recipe: Recipe, metrics: Metrics) -> dict[str, float]:
    """Return the figure of each task, out of some metrics."""
    return {task_id: metrics[name] for task_id, name in metrics_of_tasks(recipe).items()}
