"""The results in the front matter (`model-index`): huggingface_hub drops a broken one silently; this reads it raw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub.repocard_data import EvalResult, model_index_to_eval_results

from hubpress.check.kind import Kind
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.files import JsonObject
from hubpress.hub.field_types import INDEX as FIELD
from hubpress.hub.ids import not_an_id
from hubpress.hub.loose_values import as_list, as_mapping, is_given, is_number, is_text, one_of
from hubpress.hub.vocabulary import PIPELINE_TAGS
from hubpress.text import quoted
from hubpress.yaml12 import Place


@dataclass(frozen=True)
class Measured:
    """One metric of the model-index whose value is a number: where it stands, and what it says was measured."""

    place: Place
    metric: Mapping[str, Any]
    dataset: Mapping[str, Any]

    @property
    def value(self) -> float:
        """Return the figure as the card gives it."""
        return float(self.metric["value"])


def model_index(staged: Staged) -> Iterator[Problem]:
    """Every result has a task, a data set and metrics with finite numbers, as the Hub's specification asks."""
    if FIELD not in staged.fields:
        return
    problems = list(_shape(staged))
    yield from problems or _as_huggingface_hub_reads_it(staged)


def measured(staged: Staged) -> Iterator[Measured]:
    """Yield every well-formed metric of the model-index."""
    for place, _, result in _results(staged):
        dataset = result.get("dataset")
        for number, metric in enumerate(as_list(result.get("metrics"))):
            if isinstance(metric, dict) and is_number(metric.get("value")) and isinstance(dataset, dict):
                yield Measured((*place, "metrics", number), metric, dataset)


def _shape(staged: Staged) -> Iterator[Problem]:
    models = staged.fields[FIELD]
    if not isinstance(models, list) or not models:
        text = "`model-index` is not a list of models. Write `- name: …` with `results:`, or leave it out."
        yield Problem(staged.where(FIELD), text)
        return
    for number, model in enumerate(models):
        where = staged.where(FIELD, number)
        if not isinstance(model, dict) or _is_blank(model.get("name")):
            yield Problem(where, "This model of the model-index has no `name`. Give it one.")
        # An empty list, as transformers' Trainer writes it, says that nothing was measured.
        if not isinstance(model, dict) or not isinstance(model.get("results"), list):
            yield Problem(where, "This model of the model-index has no list of `results`. Add them, or leave it out.")
    for place, where, result in _results(staged):
        yield from _task(staged, where, result)
        yield from _dataset(staged, where, result)
        yield from _metrics(staged, place, result)


def _results(staged: Staged) -> Iterator[tuple[Place, str, JsonObject]]:
    for number, model in enumerate(as_list(staged.fields.get(FIELD))):
        for position, result in enumerate(as_list(model.get("results") if isinstance(model, dict) else None)):
            place: Place = (FIELD, number, "results", position)
            yield place, staged.where(*place), result if isinstance(result, dict) else {}


def _task(staged: Staged, where: str, result: Mapping[str, Any]) -> Iterator[Problem]:
    kind = as_mapping(result.get("task")).get("type")
    tag = staged.fields.get("pipeline_tag")
    if _is_blank(kind):
        yield Problem(where, "This result has no `task.type`. Write the pipeline tag there.")
    # Other tools name finer tasks, such as `triplet` of sentence-transformers, and the Hub takes any.
    elif staged.kind is Kind.RELEASE and is_text(kind) and one_of(tag, PIPELINE_TAGS) and kind != tag:
        text = f"`task.type` is {quoted(kind)} but `pipeline_tag` is {quoted(tag)}. Write the same in both."
        yield Problem(where, text)


def _dataset(staged: Staged, where: str, result: Mapping[str, Any]) -> Iterator[Problem]:
    if not staged.is_ours and "dataset" not in result:
        text = (
            "This result has no `dataset`, and huggingface_hub then reads none of the results. Add its type and name."
        )
        yield Problem(where, text)
        return
    dataset = as_mapping(result.get("dataset"))
    for name in ("type", "name"):
        if _is_blank(dataset.get(name)):
            yield Problem(where, f"This result has no `dataset.{name}`. Name the data that was measured on.")
    if is_text(kind := dataset.get("type")) and "path" in (not_an_id(kind) or ""):
        yield Problem(where, f"`dataset.type` {quoted(kind)} is a path. Write the data set's id, or a plain name.")


def _metrics(staged: Staged, place: Place, result: Mapping[str, Any]) -> Iterator[Problem]:
    metrics = as_list(result.get("metrics"))
    if not metrics:
        yield Problem(staged.where(*place), "This result has no list of `metrics`. Add what was measured.")
    for number, metric in enumerate(metrics):
        where = staged.where(*place, "metrics", number)
        if not isinstance(metric, dict) or _is_blank(metric.get("type")):
            yield Problem(where, "This metric has no `type`. Write its id, such as `accuracy`.")
        if isinstance(metric, dict) and not _is_figure(staged, value := metric.get("value")):
            text = (
                f"The metric's value {quoted(value)} is not a finite number. Write one, such as 0.86, without quotes."
            )
            yield Problem(staged.where(*place, "metrics", number, "value"), text)


def _is_blank(value: Any) -> bool:
    """Tell whether nothing is said; of a number where a text belongs, `values` speaks."""
    return not is_given(value) or (isinstance(value, str) and not is_text(value))


def _is_figure(staged: Staged, value: Any) -> bool:
    # `270.5 +/- 15.3` is how libraries of reinforcement learning give theirs, and the Hub shows it.
    return is_number(value) or (not staged.is_ours and isinstance(value, str) and re.search(r"\d", value) is not None)


def _as_huggingface_hub_reads_it(staged: Staged) -> Iterator[Problem]:
    try:
        _, results = model_index_to_eval_results(staged.fields[FIELD])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        text = f"huggingface_hub cannot read the model-index ({type(error).__name__}: {error}). Correct it."
        yield Problem(staged.where(FIELD), text)
        return
    seen: list[EvalResult] = []
    for result, entry in zip(results, measured(staged), strict=False):
        if any(_same_measurement(result, other) for other in seen):
            text = f"The metric {quoted(result.metric_name or result.metric_type)} stands twice for the same data."
            yield Problem(staged.where(*entry.place), f"{text} Keep one, or tell them apart by name or args.")
        seen.append(result)


def _same_measurement(one: EvalResult, other: EvalResult) -> bool:
    # unique_identifier leaves the metric out: it names task, data and split only
    def key(result: EvalResult) -> tuple[object, ...]:
        return result.unique_identifier, result.metric_type, result.metric_name, result.metric_args, result.dataset_args

    return key(one) == key(other)
