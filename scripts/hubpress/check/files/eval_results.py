"""``.eval_results/*.yaml``: figures that the Hub shows on leaderboards, of this release and of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged
from hubpress.errors import HubpressError
from hubpress.hub.loose_values import as_mapping, is_number, is_text
from hubpress.layout import EVAL_RESULTS, EVAL_RESULTS_FOLDER, EVALUATION, RECIPE
from hubpress.recipe.published import load_published
from hubpress.text import quoted
from hubpress.yaml12 import YamlError, parse

_WRITE = "Write a list of entries, each with `dataset: {id, task_id}` and `value`."


def entries(staged: Staged) -> Iterator[Problem]:
    """Every file is a list of entries that name a data set, a task and a value: the Hub leaves others out."""
    for name, found in _files(staged).items():
        if isinstance(found, str):
            yield Problem(printable(name), f"It is not valid YAML: {found}. {_WRITE}")
            continue
        if not isinstance(found, list) or not found:
            yield Problem(printable(name), f"It holds no list of results. {_WRITE}")
            continue
        for number, entry in enumerate(found, start=1):
            dataset = as_mapping(as_mapping(entry).get("dataset"))
            lacking = [f"`dataset.{key}`" for key in ("id", "task_id") if not is_text(dataset.get(key))]
            if "value" not in as_mapping(entry):
                lacking.append("`value`")
            if lacking:
                yield Problem(printable(name), f"Its entry {number} lacks {' and '.join(lacking)}. {_WRITE}")


def same_values(staged: Staged) -> Iterator[Problem]:
    """The release's own results are those of evaluation.json."""
    evaluation, found = staged.evaluation, _files(staged).get(EVAL_RESULTS)
    if evaluation is None or not isinstance(found, list) or RECIPE not in staged.files:
        return
    sample = evaluation.sample
    try:
        recipe = load_published(staged.folder, is_sample=sample.is_sample, uses_sample_records=sample.records)
    except HubpressError:  # a recipe that cannot be read is told of where it is needed
        return
    named = {task.task_id: task.metric or recipe.main_metric for task in recipe.evaluation.eval_results}
    for entry in map(as_mapping, found):
        task, value = str(as_mapping(entry.get("dataset")).get("task_id")), entry.get("value")
        if task not in named:
            yield Problem(EVAL_RESULTS, f"{RECIPE} names no task {quoted(task)}. Make the card again.")
            continue
        measured = evaluation.metrics.get(named[task])
        if measured is None or not is_number(value) or abs(float(str(value)) - measured) > 0.5000001e-4:
            text = f"It says {quoted(value)} of {quoted(task)}, but {EVALUATION} says {measured}. Make the card again."
            yield Problem(EVAL_RESULTS, text)


def _files(staged: Staged) -> dict[str, Any]:
    """Return what each file says, by its name; of one that is no YAML why, as a text."""
    found: dict[str, Any] = {}
    for name, text in staged.texts.items():
        if name.startswith(f"{EVAL_RESULTS_FOLDER}/") and name.endswith((".yaml", ".yml")):
            try:
                found[name] = parse(text).value
            except YamlError as error:
                found[name] = error.what
    return found
