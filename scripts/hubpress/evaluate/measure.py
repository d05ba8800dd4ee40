"""``repo/`` and the test split -> evaluation.json, through ``transformers.pipeline``, as a user would load it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hubpress.bases.static import with_static_folder
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.environment import versions
from hubpress.evaluate.onnx import measure_onnx
from hubpress.evaluate.training_texts import training_texts
from hubpress.evaluate.widget import examples_of
from hubpress.files import sha256_file
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    CONFIG,
    MODEL_FILES,
    SPLITS_FACTS,
    TOKENIZER_FILES,
)
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Example, WidgetAnswer
from hubpress.schemas.data_report import DataReport
from hubpress.schemas.evaluation import DecisionFacts, Evaluation, Figures, MeasuredData, Sample
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.outcomes import Outcomes
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.protocol import Aggregating, Task, Validated

_LOG = logging.getLogger(__name__)


def evaluate(
    recipe: Recipe, data_folder: Path, repo: Path, *, threads: int | None = None, report: Path | None = None
) -> Evaluation:
    """Return the figures of the assembled model: what ``evaluation.json`` and the card say.

    Metrics, their bootstrap intervals, figures per class, slices and what else the task tells, on the test split;
    simple baselines on the same split; where the decision was chosen; and the answers to the card's widget examples.
    *report* is the file with what the records say: of its findings the card repeats what the figures depend on.
    """
    recipe, splits = with_static_folder(recipe), SplitFacts.load(data_folder / SPLITS_FACTS)
    pipe = load_pipeline(str(repo), task=recipe.stock_task, adapter=recipe.is_adapter, threads=threads)
    has_chosen = isinstance(recipe.decision.threshold, str) or recipe.task == "token"
    validated = validate(recipe, data_folder, pipe) if has_chosen else None
    examples = examples_of(recipe, _task(recipe, splits), load_split(data_folder, "test"))
    figures, outcomes = measure(
        recipe, data_folder, pipe, repo.joinpath, examples=examples, validated=validated, onnx_files=recipe.onnx_files
    )
    told = DataReport.load(report) if report else None
    return Evaluation(
        **dict(figures),
        model=recipe.repo_name,
        revision=revision_of(repo, recipe),
        sample=Sample(is_sample=recipe.is_sample, records=recipe.uses_sample_records),
        data=MeasuredData(
            split="test",
            count=splits.counts["test"],
            fingerprint=splits.fingerprints["test"],
            fingerprints=splits.fingerprints,
            counts=splits.counts,
            label_counts=splits.label_counts,
            targets=splits.targets,
            dropped=splits.dropped,
            method=splits.split,
            leak=told.leak if told else None,
            cut=told.cut if told else None,
            languages=told.languages if told else None,
            dataset=splits.dataset,
        ),
        main_metric=recipe.main_metric,
        confidence=recipe.evaluation.confidence,
        bootstrap_samples=recipe.evaluation.bootstrap_samples,
        tolerance=recipe.evaluation.tolerance,
        versions=versions(),
        outcomes=outcomes,
    )


def validate(recipe: Recipe, data_folder: Path, pipe: Any) -> Validated:
    """Return the metrics of the training table, through a pipeline, and of a tuned threshold how good it is there."""
    task = _task(recipe, SplitFacts.load(data_folder / SPLITS_FACTS))
    return task.validated(pipe, load_split(data_folder, "validation"))


def measure(
    recipe: Recipe,
    data_folder: Path,
    pipe: Any,
    path_of: Callable[[str], Path],
    *,
    examples: Sequence[Example],
    validated: Validated | None,
    onnx_files: Sequence[str],
) -> tuple[Figures, Outcomes]:
    """Return all that is measured of a model (by its pipeline, by its ONNX files, and beside the recipe's baselines),
    and what the pipeline answers to each test record.

    *recipe* names a static model by its folder. *path_of* gives the model's files by their names; *examples* are the
    widget's; *validated* is what :func:`validate` says where something was chosen on validation;
    *onnx_files* are those that the model has. Where the test split
    alone is there, so is what can be measured on it: no baselines.
    """
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    task = _task(recipe, splits)
    datasets = {name: load_split(data_folder, name) for name in SPLITS if name in splits.counts}
    _LOG.info("answering the test split")
    measured = task.measure(pipe, datasets["test"])
    answers = zip(examples, task.widget(pipe, examples), strict=True)
    widget = tuple(WidgetAnswer(**dict(example), **dict(answer)) for example, answer in answers)
    onnx = None
    if onnx_files:
        onnx = measure_onnx(
            recipe, task, pipe, path_of, onnx_files, test=datasets["test"], ours=measured.predictions, widget=widget
        )
    _LOG.info("measuring the baselines")
    figures = Figures(
        **dict(measured.figures),
        baselines=() if splits.is_test_alone else task.baselines(datasets, pipe.tokenizer, ours=measured.predictions),
        decision=decision_facts(ModelConfig.load(path_of(CONFIG)), validated),
        widget=widget,
        onnx=onnx,
        lost=task.lost(datasets, pipe.tokenizer) if isinstance(task, Aggregating) else None,
        training_texts=None
        if splits.is_test_alone
        else training_texts(recipe, datasets["train"], pipe.tokenizer, splits.labels),
    )
    return figures, measured.outcomes


def _task(recipe: Recipe, splits: SplitFacts) -> Task:
    # torch and transformers take seconds to import, and who only holds a release's files together needs neither.
    from hubpress.tasks.registry import task_of

    return task_of(recipe, splits)


def decision_facts(config: ModelConfig, validated: Validated | None) -> DecisionFacts:
    """Return how the model decides, by its config.json, and how good what was chosen of it is on validation."""
    decision, tuned = config.decision, validated.tuned if validated else None
    threshold, per_label = decision.threshold, None
    if isinstance(threshold, tuple):
        per_label = dict(zip(config.labels, threshold, strict=True))
        threshold = config.threshold
    return DecisionFacts(
        rule=decision.rule,
        threshold=threshold,
        per_label=per_label,
        top_k=decision.top_k,
        positive=decision.positive,
        abstain_below=decision.abstain_below,
        temperature=decision.temperature,
        chosen_on=decision.chosen_on if tuned else None,
        count=tuned.count if tuned else None,
        metric=tuned.metric if tuned else None,
        value=tuned.value if tuned else None,
        beside=tuned.comparison if tuned else None,
        aggregation=validated.aggregation if validated else None,
    )


def revision_of(repo: Path, recipe: Recipe) -> str:
    """Return the content revision of a model: a sha256 over the hashes of the files that decide its answers.

    The commit's id cannot stand in a file of that same commit; this can, and anyone can recompute it. What a person
    puts beside them is none of them.
    """
    names = [
        *MODEL_FILES,
        *((ADAPTER_CONFIG, ADAPTER_WEIGHTS) if recipe.is_adapter else ()),
        *TOKENIZER_FILES,
        *recipe.onnx_files,
        *sorted(recipe.custom_files),
    ]
    lines = [f"{sha256_file(repo / name)}  {name}\n" for name in names if (repo / name).is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
