"""Recipe and data -> weights, tokenizer and training.json, by HF Trainer; accelerate and torchrun run it on many."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from accelerate import PartialState

from hubpress.data.stored import load_split
from hubpress.files import digest_of
from hubpress.layout import ADAPTER_FOLDER, SPLITS_FACTS, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainingFacts
from hubpress.tasks.protocol import Trainable
from hubpress.tasks.registry import task_of
from hubpress.train.arguments import training_arguments
from hubpress.train.averaging import AveragingTrainer
from hubpress.train.base_model import LoadedBase, freeze, load_base
from hubpress.train.beginning import Beginning
from hubpress.train.checkpoints import identity, last_whole_checkpoint, prepare_folder, save_model
from hubpress.train.combinations import in_parts
from hubpress.train.energy import EnergyMeter
from hubpress.train.few_records import fitted_head, is_for_few, prepared_encoder
from hubpress.train.frozen import frozen_parts_cached
from hubpress.train.head_rate import HeadRateTrainer
from hubpress.train.lengths import by_length
from hubpress.train.lora import with_lora
from hubpress.train.oversampling import oversampled
from hubpress.train.precision import settle_precision
from hubpress.train.progress import show, show_progress
from hubpress.train.record import measure_once, training_facts
from hubpress.train.reporters import reporting

_LOG = logging.getLogger(__name__)

MODEL = "model"
CHECKPOINTS = "checkpoints"
ENCODED = "encoded"
FROZEN = "frozen"
PARTS = "parts"
"""The records of train by some of their fields alone, among what is encoded."""


def train(
    recipe: Recipe, data_folder: Path, folder: Path, *, quiet: bool = False, threads: int | None = None
) -> TrainingFacts:
    """Fine-tune the recipe's base model; leave the best epoch in ``folder/model`` and return ``training.json``.

    An adapter is left in ``folder/adapter``, and in ``folder/model`` merged into its base.
    Goes on from the last whole checkpoint of the same settings. Only rank 0 of several processes writes.
    Raises HubpressError for a base model that cannot be loaded, for settings that TrainingArguments refuses, and for a
    loss that is no number.
    """
    if threads:
        torch.set_num_threads(threads)
    _silence_libraries()
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    task = task_of(recipe, splits)
    arguments = training_arguments(recipe, folder / CHECKPOINTS)
    state = PartialState()
    transformers.set_seed(arguments.seed)
    _LOG.info("loading the base model")
    base = load_base(recipe, task, splits.labels)
    freeze(base.model, recipe.training.freeze)
    settle_precision(arguments, recipe, base.model)
    encoded = _encoded(recipe, task, base, splits, arguments, data_folder, folder)
    carbon = recipe.training.carbon if state.is_main_process else None
    meter = EnergyMeter(carbon, processes=state.num_processes) if carbon else None
    _LOG.info("training")
    started, prepared, fitted, begun, checkpoint = time.monotonic(), None, None, None, None
    if is_for_few(recipe):
        base, prepared = prepared_encoder(recipe, task, base, encoded, arguments, folder, quiet=quiet)
    with reporting(recipe, folder, quiet=quiet):
        trainer = build_trainer(recipe, task, base, arguments, encoded)
        is_probe = not recipe.training.takes_steps
        show(base.adjustments, quiet=quiet or not state.is_main_process)
        show_progress(trainer, is_probe=is_probe, quiet=quiet)
        if recipe.training.fits_head:
            fitted = fitted_head(recipe, task, base, encoded, arguments)
        if fitted and is_probe:
            measure_once(trainer, fitted.train_loss)
        else:
            begun = Beginning.of(trainer, folder, fitted.train_loss) if fitted else None
            checkpoint = last_whole_checkpoint(folder / CHECKPOINTS, trainer)
            with frozen_parts_cached(trainer, folder / ENCODED / FROZEN):
                trainer.train(resume_from_checkpoint=checkpoint)
    _take_best(trainer, begun, recipe.main_metric)
    seconds = time.monotonic() - started
    _LOG.info("writing down what the training was")
    result = training_facts(
        recipe, trainer, base=base.facts, adjustments=base.adjustments, seconds=seconds, prepared=prepared,
        probe=fitted.facts if fitted else None, energy=meter.stop(is_whole=checkpoint is None) if meter else None,
    )  # fmt: skip
    if state.is_main_process:
        _LOG.info("saving the model")
        save_model(
            trainer, base.tokenizer, folder / MODEL, adapter=folder / ADAPTER_FOLDER if recipe.training.lora else None
        )
        result.save(folder / TRAINING)
    state.wait_for_everyone()
    return result


def _take_best(trainer: transformers.Trainer, begun: Beginning | None, metric: str) -> None:
    """Leave the weights in the model that are released."""
    if isinstance(trainer, AveragingTrainer):
        trainer.release_average()
    if begun:
        begun.close(trainer, metric)


def _encoded(
    recipe: Recipe, task: Trainable, base: LoadedBase, splits: SplitFacts, arguments: Any, data: Path, folder: Path
) -> dict[str, datasets.Dataset]:
    """Return train and validation as the model reads them, and train in parts where the recipe has such.

    The first process throws away what other settings left.
    """
    state = PartialState()
    with state.main_process_first():
        if state.is_main_process:
            processes, is_half = state.num_processes, bool(arguments.bf16)
            key = identity(recipe, splits, base.facts, processes=processes, is_half=is_half)
            prepare_folder(folder, digest_of(key))
        encoded = {name: encode(task, base.tokenizer, data, name, folder / ENCODED) for name in ("train", "validation")}
        if recipe.training.inputs:
            parts = in_parts(recipe, load_split(data, "train"), folder / ENCODED)
            encoded[PARTS] = task.encode(parts, base.tokenizer, cache_file=str(folder / ENCODED / f"{PARTS}.arrow"))
        return encoded


def _silence_libraries() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()


def encode(task: Trainable, tokenizer: Any, data_folder: Path, name: str, folder: Path) -> datasets.Dataset:
    """Return a prepared split as the model reads it, kept on disk in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    _LOG.info("turning the texts of %s into tokens", name)
    return task.encode(load_split(data_folder, name), tokenizer, cache_file=str(folder / f"{name}.arrow"))


def build_trainer(
    recipe: Recipe, task: Trainable, base: LoadedBase, arguments: Any, encoded: dict[str, datasets.Dataset]
) -> transformers.Trainer:
    """Return the Trainer of a base model, whose head has the values to start from."""
    if not base.keeps_head:
        task.initialise(base.model, encoded["train"])
    training, model = recipe.training, base.model
    if training.lora:
        model = with_lora(model, training.lora, task=recipe.task, fresh=base.fresh)
    model.accepts_loss_kwargs = False  # the loss is ours: see tasks/losses.py
    options = {
        "model": model,
        "args": arguments,
        "train_dataset": oversampled(
            datasets.concatenate_datasets([encoded[name] for name in ("train", PARTS) if name in encoded]),
            training.oversample,
        ),
        "eval_dataset": by_length(encoded["validation"]),
        "processing_class": base.tokenizer,
        "data_collator": task.collator(base.tokenizer),
        "compute_loss_func": task.loss(encoded["train"]),
        "compute_metrics": task.validation_metrics(),
        "preprocess_logits_for_metrics": _of_first_output(task.reducer()),
        "head_learning_rate": training.head_learning_rate,
    }
    decay = training.ema_decay
    trainer = HeadRateTrainer(**options) if decay is None else AveragingTrainer(ema_decay=decay, **options)
    if training.early_stopping_patience:
        trainer.add_callback(transformers.EarlyStoppingCallback(training.early_stopping_patience))
    return trainer


def _of_first_output(reduce: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return what reduces the logits alone: encoder-decoders answer with the encoder's last layer behind them."""
    return lambda outputs, labels: reduce(outputs[0] if isinstance(outputs, tuple) else outputs, labels)
