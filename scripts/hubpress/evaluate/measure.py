"""``repo/`` and the test split -> evaluation.json, through ``transformers.pipeline``, as a user would load it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.environment import versions
from hubpress.evaluate.onnx import measure_onnx
from hubpress.evaluate.widget import examples_of
from hubpress.files import read_json, sha256_file
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import MODEL_FILES, ONNX, QUANTIZED, SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.registry import get_task


def evaluate(recipe: Recipe, data_folder: Path, repo: Path, *, threads: int | None = None) -> Evaluation:
    """Return the figures of the assembled model: what ``evaluation.json`` and the card say.

    Metrics, their bootstrap intervals, figures per class, slices and what else the task tells, on the test split;
    simple baselines on the same split; where the decision was chosen; and the answers to the card's widget examples.
    """
    facts = SplitFacts.load(data_folder / SPLITS_FACTS)
    pipe = load_pipeline(str(repo), task=recipe.stock_task, threads=threads)
    is_tuned = isinstance(recipe.decision.threshold, str)
    chosen = validate(recipe, data_folder, pipe)[1] if is_tuned else {}
    measured = measure(recipe, data_folder, pipe)
    examples = examples_of(recipe, facts, load_split(data_folder, "test"))
    widget = widget_answers(recipe, pipe, examples)
    # Last of all: from here on the pipeline computes by the ONNX files.
    onnx = measure_onnx(recipe, data_folder, pipe, lambda name: repo / name, ours=measured["metrics"], widget=widget)
    document = {
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
            "method": facts.split.as_json(),
        },
        **measured,
        "main_metric": recipe.main_metric,
        "confidence": recipe.evaluation.confidence,
        "bootstrap_samples": recipe.evaluation.bootstrap_samples,
        "tolerance": recipe.evaluation.tolerance,
        "decision": decision_facts(facts, read_json(repo / "config.json"), chosen),
        "widget": widget,
        **onnx,
        "versions": versions(),
    }
    return Evaluation.model_validate(document)


def measure(recipe: Recipe, data_folder: Path, pipe: Any) -> dict[str, Any]:
    """Return the figures of a pipeline and of the recipe's baselines on the test split."""
    task, facts = get_task(recipe), SplitFacts.load(data_folder / SPLITS_FACTS)
    splits = {name: load_split(data_folder, name) for name in SPLITS}
    return {
        **task.measure(recipe, facts, pipe, splits["test"]),
        "baselines": task.baselines(recipe, facts, splits),
    }


def validate(recipe: Recipe, data_folder: Path, pipe: Any) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the metrics of the training table, through a pipeline, and of a tuned threshold how good it is there."""
    validation = load_split(data_folder, "validation")
    return get_task(recipe).validated(recipe, SplitFacts.load(data_folder / SPLITS_FACTS), pipe, validation)


def decision_facts(facts: SplitFacts, config: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """Return how the model decides, by its config.json, with what *chosen* says of a tuned threshold."""
    decision = dict(config["decision"])
    if isinstance(decision.get("threshold"), list):
        decision["per_label"] = dict(zip(facts.labels, decision["threshold"], strict=True))
        decision["threshold"] = config["threshold"]
    return {**decision, **chosen}


def widget_answers(recipe: Recipe, pipe: Any, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the widget's examples with the model's own answers."""
    answers = get_task(recipe).widget(pipe, examples)
    return [{**example, **answer} for example, answer in zip(examples, answers, strict=True)]


def revision_of(repo: Path) -> str:
    """Return the content revision of a model: a sha256 over the hashes of the files that decide its answers.

    The commit's id cannot stand in a file of that same commit; this can, and anyone can recompute it.
    """
    names = [*MODEL_FILES, ONNX, QUANTIZED, *sorted(path.name for path in repo.glob("*.py"))]
    lines = [f"{sha256_file(repo / name)}  {name}\n" for name in names if (repo / name).is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
