"""Recipe and data -> weights, tokenizer and training.json, by HF Trainer; accelerate and torchrun run it on many."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from accelerate import PartialState

from hubpress.data.stored import load_split
from hubpress.files import digest_of
from hubpress.layout import SPLITS_FACTS, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainingFacts
from hubpress.tasks.protocol import Trainable
from hubpress.tasks.registry import task_of
from hubpress.train.arguments import training_arguments
from hubpress.train.averaging import AveragingTrainer
from hubpress.train.base_model import freeze, load_base
from hubpress.train.checkpoints import identity, last_whole_checkpoint, prepare_folder, save_model
from hubpress.train.oversampling import oversampled
from hubpress.train.progress import show_progress
from hubpress.train.record import training_facts

MODEL = "model"
CHECKPOINTS = "checkpoints"
ENCODED = "encoded"


def train(
    recipe: Recipe, data_folder: Path, folder: Path, *, quiet: bool = False, threads: int | None = None
) -> TrainingFacts:
    """Fine-tune the recipe's base model; leave the best epoch in ``folder/model`` and return ``training.json``.

    Goes on from the last whole checkpoint of the same settings. Only rank 0 of several processes writes.
    Raises HubpressError for a base model that cannot be loaded, for settings that TrainingArguments refuses, and for a
    loss that is no number.
    """
    if threads:
        torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    task = task_of(recipe, splits)
    arguments = training_arguments(recipe, folder / CHECKPOINTS)
    datasets.disable_progress_bars()
    state = PartialState()
    transformers.set_seed(arguments.seed)
    model, tokenizer = load_base(recipe, task, splits.labels)
    freeze(model, recipe.training.freeze)
    with state.main_process_first():
        if state.is_main_process:
            prepare_folder(folder, digest_of(identity(recipe, splits, processes=state.num_processes)))
        encoded = {
            name: _encoded(task, tokenizer, data_folder, name, folder / ENCODED) for name in ("train", "validation")
        }
    trainer = _trainer(recipe, task, model, tokenizer, arguments, encoded)
    show_progress(trainer, quiet=quiet)
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(folder / CHECKPOINTS, trainer))
    if isinstance(trainer, AveragingTrainer):
        trainer.release_average()
    result = training_facts(recipe, trainer, seconds=time.monotonic() - started)
    if state.is_main_process:
        save_model(trainer, tokenizer, folder / MODEL)
        result.save(folder / TRAINING)
    state.wait_for_everyone()
    return result


def _encoded(task: Trainable, tokenizer: Any, data_folder: Path, name: str, folder: Path) -> datasets.Dataset:
    folder.mkdir(parents=True, exist_ok=True)
    return task.encode(load_split(data_folder, name), tokenizer, cache_file=str(folder / f"{name}.arrow"))


def _trainer(
    recipe: Recipe, task: Trainable, model: Any, tokenizer: Any, arguments: Any, encoded: dict[str, datasets.Dataset]
) -> transformers.Trainer:
    """Return the Trainer of a model, whose head has the values to start from."""
    task.initialise(model, encoded["train"])
    model.accepts_loss_kwargs = False  # the loss is ours: see tasks/losses.py
    training = recipe.training
    options = {
        "model": model,
        "args": arguments,
        "train_dataset": oversampled(encoded["train"], training.oversample),
        "eval_dataset": encoded["validation"],
        "processing_class": tokenizer,
        "data_collator": task.collator(tokenizer),
        "compute_loss_func": task.loss(encoded["train"]),
        "compute_metrics": task.validation_metrics(),
        "preprocess_logits_for_metrics": task.reducer(),
    }
    decay = training.ema_decay
    trainer = transformers.Trainer(**options) if decay is None else AveragingTrainer(ema_decay=decay, **options)
    if training.early_stopping_patience:
        trainer.add_callback(transformers.EarlyStoppingCallback(training.early_stopping_patience))
    return trainer
