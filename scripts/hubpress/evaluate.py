"""``repo/`` and the test split -> evaluation.json, through ``transformers.pipeline``, as a user would load it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hubpress.data import SPLITS, DataFacts, load_split
from hubpress.errors import HubpressError
from hubpress.files import MODEL_FILES, sha256_file
from hubpress.recipe import Recipe, WidgetExample
from hubpress.tasks import get_task
from hubpress.tasks.base import Task
from hubpress.train import versions


def load_pipeline(recipe: Recipe, model: str, *, revision: str | None = None, threads: int | None = None) -> Any:
    """Return the pipeline that a user of *model* (a folder or a repository) gets by the card's words."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        return transformers.pipeline(recipe.kind.pipeline_tag, model=model, revision=revision)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HubpressError(f"pipeline() cannot load it: {first[:200]}", where=model) from error


def evaluate(recipe: Recipe, data_folder: Path, repo: Path, *, threads: int | None = None) -> dict[str, Any]:
    """Return the figures of the assembled model: what ``evaluation.json`` and the card say.

    Metrics, their bootstrap intervals, figures per class and the confusion matrix on the test split, two simple
    baselines on the same split, and the model's answers to the card's widget examples.
    """
    task = get_task(recipe.task)
    facts = DataFacts.load(data_folder)
    pipe = load_pipeline(recipe, str(repo), threads=threads)
    figures = measure(recipe, data_folder, pipe, split="test")
    return {
        "model": recipe.repo_name,
        "revision": revision_of(repo),
        "sample": {"is_sample": recipe.is_sample, "records": recipe.uses_sample_records},
        "data": {
            "split": "test",
            "count": facts.counts["test"],
            "fingerprint": facts.fingerprints["test"],
            "counts": facts.counts,
            "label_counts": facts.label_counts,
            "dropped": facts.dropped,
            "method": facts.split,
        },
        **figures,
        "main_metric": recipe.main_metric,
        "confidence": recipe.evaluation.confidence,
        "bootstrap_samples": recipe.evaluation.bootstrap_samples,
        "tolerance": recipe.evaluation.tolerance,
        "baselines": measure_baselines(recipe, data_folder),
        "widget": widget_answers(task, pipe, recipe.widget),
        "versions": versions(),
    }


def measure(recipe: Recipe, data_folder: Path, pipe: Any, *, split: str) -> dict[str, Any]:
    """Return a pipeline's figures on a split: ``metrics``, ``intervals``, ``per_class``, ``confusion``."""
    task = get_task(recipe.task)
    facts = DataFacts.load(data_folder)
    records = load_split(data_folder, split)
    answers = task.answer(pipe, list(records["text"]), batch_size=recipe.evaluation.batch_size)
    return task.measure(recipe, facts.labels, np.array(records["label"]), answers)


def measure_baselines(recipe: Recipe, data_folder: Path) -> list[dict[str, Any]]:
    """Fit the recipe's baselines on train and validation; return their figures on the test split."""
    splits = {name: load_split(data_folder, name) for name in SPLITS}
    return get_task(recipe.task).baselines(recipe, DataFacts.load(data_folder).labels, splits)


def widget_answers(task: Task, pipe: Any, examples: Sequence[WidgetExample]) -> list[dict[str, Any]]:
    """Return each widget example with the model's own output, best first."""
    answers = task.answer(pipe, [example.text for example in examples], batch_size=1)
    return [
        {
            "text": example.text,
            "example_title": example.example_title,
            "output": [{"label": entry["label"], "score": round(float(entry["score"]), 6)} for entry in answer],
        }
        for example, answer in zip(examples, answers, strict=True)
    ]


def revision_of(repo: Path) -> str:
    """Return the content revision of a model: a sha256 over the hashes of the files that decide its answers.

    The commit's id cannot stand in a file of that same commit; this can, and anyone can recompute it.
    """
    lines = [f"{sha256_file(repo / name)}  {name}\n" for name in MODEL_FILES if (repo / name).is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
