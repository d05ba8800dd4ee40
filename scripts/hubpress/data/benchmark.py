"""The benchmark that a recipe gives figures of: its ``eval.yaml`` on the Hub names the tasks."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hubpress.errors import DataError, HubError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.loose_values import as_list, as_mapping
from hubpress.layout import EVAL_YAML
from hubpress.recipe.recipe import Recipe
from hubpress.text import listed, quoted, suggestion
from hubpress.yaml12 import YamlError, YamlMapping, parse

_WHERE = "evaluation.eval_results"
_TEST = "test"
_DEFAULT = "default"


def refuse_unknown_tasks(recipe: Recipe, commit: str) -> None:
    """Ask the data set, at the commit that is read, whether it is a benchmark with the tasks of the recipe.

    Raises DataError where it is none, has no such task, or means other records by it.
    """
    dataset = recipe.data.dataset
    assert dataset is not None  # a recipe with tasks and without it is refused
    where = f"{_WHERE}: {dataset.path}"
    tasks = {str(task.get("id")): task for task in _tasks(dataset.path, commit, where)}
    for task_id in (task.task_id for task in recipe.evaluation.eval_results):
        if task_id not in tasks:
            known = listed([quoted(name) for name in tasks])
            what = f"its {EVAL_YAML} has no task {quoted(task_id)}.{suggestion(task_id, list(tasks))}"
            raise DataError(what, where=where, hint=f"Name one of its tasks: {known}.")
        config, split = (str(tasks[task_id].get(key) or other) for key, other in (("config", ""), ("split", _TEST)))
        if config and config != (dataset.name or _DEFAULT):
            what = f"its task {quoted(task_id)} is of the configuration {quoted(config)}, which is not the one read."
            raise DataError(what, where=where, hint=f"Set data.dataset.name to {config}, or name another task.")
        if split != _TEST:
            what = f"its task {quoted(task_id)} is of the split {quoted(split)}, and figures here are of {_TEST!r}."
            raise DataError(what, where=where, hint="Name another task, or take evaluation.eval_results out.")


def _tasks(path: str, commit: str, where: str) -> list[YamlMapping]:
    hint = "Name a data set that is a benchmark, or take evaluation.eval_results out."
    hub, repo = Hub.of_environment(), RepoId(path, "dataset")
    try:
        if EVAL_YAML not in hub.list_files(repo, commit):
            raise DataError(f"it has no {EVAL_YAML}, so it is no benchmark.", where=where, hint=hint)
        with tempfile.TemporaryDirectory(prefix="hubpress-") as scratch:
            folder = hub.download(repo, commit, Path(scratch) / "benchmark", only=[EVAL_YAML])
            text = (folder / EVAL_YAML).read_text(encoding="utf-8")
    except HubError as error:
        raise DataError(f"its {EVAL_YAML} cannot be read: {error.what}", where=where, hint="Try again.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"its {EVAL_YAML} is not UTF-8.", where=where, hint=hint) from error
    try:
        tasks = [as_mapping(task) for task in as_list(as_mapping(parse(text).value).get("tasks"))]
    except YamlError as error:
        raise DataError(f"its {EVAL_YAML} is not valid YAML: {error.what}.", where=where, hint=hint) from error
    if not any("id" in task for task in tasks):
        raise DataError(f"its {EVAL_YAML} names no tasks.", where=where, hint=hint)
    return [dict(task) for task in tasks if "id" in task]
