"""Trained weights -> ``repo/``: what ships beside the card, clean enough for a stranger to load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.assemble.calibrate import calibrate
from hubpress.assemble.config import model_config, write_adapter_config, write_config
from hubpress.assemble.onnx_export import export_onnx
from hubpress.assemble.tokenizer import write_tokenizer
from hubpress.content import pipeline_files
from hubpress.data.stored import load_split
from hubpress.files import PARTIAL, write_text
from hubpress.inference.inputs import inputs_of
from hubpress.inference.pipeline import load_pipeline
from hubpress.layout import ADAPTER_CONFIG, ADAPTER_FOLDER, ADAPTER_WEIGHTS, SPLITS_FACTS, TRAINING, WEIGHTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import load_training
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.protocol import Aggregating, Calibrating, Thresholded
from hubpress.tasks.registry import task_of

if TYPE_CHECKING:
    from datasets import Dataset

_READ = 200  # records that the exported model is compared on


def assemble(
    recipe: Recipe, model_folder: Path, data_folder: Path, repo: Path, *, threads: int | None = None
) -> list[str]:
    """Write weights, ONNX files, config, tokenizer and remote code into *repo*; return the names of the files.

    The weights are all of them, or those of an adapter whose base is named at its commit.
    The config carries the labels, the problem type and the decision. Its temperature, if it is to have one, is chosen
    here on the validation split, and divides the head; then its threshold or aggregation strategy, by what the staged
    pipeline itself answers, unless the recipe names it. The tokenizer
    pads and truncates only when asked, and states the length that the model was trained and measured with. Files are
    readable by all.
    """
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    task, config = task_of(recipe, splits), model_config(recipe, splits)
    repo.mkdir(parents=True, exist_ok=True)
    written = [
        *_weights(recipe, model_folder, repo),
        *write_tokenizer(recipe, model_folder, repo),
        *_code(recipe, repo),
    ]
    written.append(write_config(config, model_folder, repo))
    if recipe.decision.calibration and isinstance(task, Calibrating):
        pipe = load_pipeline(str(repo), task=recipe.stock_task, threads=threads)
        config = config.with_temperature(_calibrate(recipe, task, pipe, repo, load_split(data_folder, "validation")))
        write_config(config, model_folder, repo)
    if isinstance(recipe.decision.threshold, str) and isinstance(task, Thresholded):
        pipe = load_pipeline(str(repo), task=recipe.stock_task, adapter=recipe.is_adapter, threads=threads)
        chosen = task.choose_threshold(pipe, load_split(data_folder, "validation"))
        write_config(config.with_threshold(chosen.threshold, chosen.per_label), model_folder, repo)
    if isinstance(task, Aggregating) and not recipe.evaluation.aggregation_strategy:
        pipe = load_pipeline(str(repo), task=recipe.stock_task, adapter=recipe.is_adapter, threads=threads)
        strategy = task.choose_aggregation(pipe, load_split(data_folder, "validation"))
        write_config(config.with_aggregation(strategy), model_folder, repo)
    if recipe.onnx.export:
        texts = inputs_of(load_split(data_folder, "validation")[:_READ])
        written += export_onnx(
            repo,
            texts,
            model_class=task.model_class(),
            problem_type=recipe.kind.problem_type,
            adapter=recipe.is_adapter,
            files=recipe.onnx_files,
        )
    else:
        shutil.rmtree(repo / "onnx", ignore_errors=True)  # of an earlier recipe
    for name in written:
        (repo / name).chmod(0o644)
    return written


def _calibrate(recipe: Recipe, task: Calibrating, pipe: Any, repo: Path, validation: Dataset) -> float:
    inputs = InputCombination.whole(validation)
    return calibrate(
        pipe,
        repo,
        inputs.chunks,
        task.truth(inputs),
        exclusive=recipe.task == "single-label",
        batch_size=recipe.evaluation.batch_size,
    )


def _weights(recipe: Recipe, model_folder: Path, repo: Path) -> list[str]:
    """Copy the weights that are published; those of another recipe are taken away, which would be loaded with them."""
    name = recipe.weights_file
    for other in {WEIGHTS, ADAPTER_WEIGHTS, ADAPTER_CONFIG} - {name}:
        (repo / other).unlink(missing_ok=True)
    source = model_folder.with_name(ADAPTER_FOLDER) if recipe.is_adapter else model_folder
    temporary = repo / f".{name}{PARTIAL}"
    shutil.copyfile(source / name, temporary)
    temporary.replace(repo / name)
    if not recipe.is_adapter:
        return [name]
    write_adapter_config(source, load_training(model_folder.with_name(TRAINING)).base_model, repo)
    return [name, ADAPTER_CONFIG]


def _code(recipe: Recipe, repo: Path) -> list[str]:
    """Copy the files of the model's custom pipeline to the root, where transformers finds them."""
    files = pipeline_files(recipe.custom_files)
    for file in files:
        write_text(repo / file.name, file.read_text(encoding="utf-8"))
    return [file.name for file in files]
