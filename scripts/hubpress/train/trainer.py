"""Recipe and data -> weights, tokenizer and training.json, by HF Trainer; accelerate and torchrun run it on many."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hubpress.data.stored import load_split
from hubpress.errors import HubpressError
from hubpress.files import digest_of
from hubpress.layout import SPLITS_FACTS, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainingFacts
from hubpress.tasks.protocol import Task
from hubpress.tasks.registry import get_task
from hubpress.train.arguments import training_arguments
from hubpress.train.base_model import Base, explain_load_failure, find_base
from hubpress.train.checkpoints import identity, last_whole_checkpoint, prepare_folder, save_model
from hubpress.train.oversampling import oversampled
from hubpress.train.record import training_facts

MODEL = "model"
CHECKPOINTS = "checkpoints"


def train(
    recipe: Recipe, data_folder: Path, folder: Path, *, quiet: bool = False, threads: int | None = None
) -> TrainingFacts:
    """Fine-tune the recipe's base model; leave the best epoch in ``folder/model`` and return ``training.json``.

    Goes on from the last whole checkpoint of the same settings. Only rank 0 of several processes writes.
    Raises HubpressError for a base model that cannot be loaded and for settings that TrainingArguments refuses.
    """
    import datasets
    import torch
    import transformers
    from accelerate import PartialState

    if threads:
        torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    task, facts = get_task(recipe), SplitFacts.load(data_folder / SPLITS_FACTS)
    arguments = training_arguments(recipe, folder / CHECKPOINTS)
    datasets.disable_progress_bars()
    state = PartialState()
    base = find_base(recipe.base_model, recipe_folder=recipe.folder)
    transformers.set_seed(arguments.seed)
    model, tokenizer = _load(base, task, recipe, facts.labels)
    _freeze(model, recipe.training.freeze)
    key = digest_of(identity(recipe, facts, processes=state.num_processes))
    with state.main_process_first():
        if state.is_main_process:
            prepare_folder(folder, key)
        splits = _encoded(task, recipe, tokenizer, data_folder, folder, names=("train", "validation"))
    task.initialise(model, splits["train"])
    model.accepts_loss_kwargs = False  # the loss is ours: see Task.loss
    trainer = _trainer(
        recipe.training.ema_decay,
        model=model,
        args=arguments,
        train_dataset=oversampled(splits["train"], recipe.training.oversample),
        eval_dataset=splits["validation"],
        processing_class=tokenizer,
        data_collator=task.collator(tokenizer, facts.labels),
        compute_loss_func=task.loss(recipe, facts.labels, splits["train"]),
        compute_metrics=task.validation_metrics(recipe, facts.labels),
        preprocess_logits_for_metrics=task.reducer(recipe),
    )
    if recipe.training.early_stopping_patience:
        trainer.add_callback(transformers.EarlyStoppingCallback(recipe.training.early_stopping_patience))
    _show_progress(trainer, quiet=quiet)
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(folder / CHECKPOINTS, trainer))
    if recipe.training.ema_decay:
        trainer.release_average()
    result = training_facts(recipe, trainer, seconds=time.monotonic() - started)
    if state.is_main_process:
        save_model(trainer, tokenizer, folder / MODEL)
        result.save(folder / TRAINING)
    state.wait_for_everyone()
    return result


def _load(base: Base, task: Task, recipe: Recipe, labels: Sequence[str]) -> tuple[Any, Any]:
    import torch
    from transformers import AutoTokenizer

    try:
        model = task.model_class().from_pretrained(
            base.name_or_path,
            revision=base.revision or "main",
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
            problem_type=recipe.kind.problem_type,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            **recipe.base_model.config,
        )
        tokenizer = AutoTokenizer.from_pretrained(base.name_or_path, revision=base.revision or "main")
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise explain_load_failure(base, error) from error
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions and recipe.tokenizer.max_length > positions:
        raise HubpressError(
            f"{recipe.tokenizer.max_length} tokens are more than the base model's {positions} positions.",
            where="tokenizer.max_length",
            hint=f"Give at most {positions}.",
        )
    return model, tokenizer


def _freeze(model: Any, parts: Sequence[str]) -> None:
    for part in parts:
        try:
            module = model.base_model.get_submodule(part)
        except AttributeError as error:
            children = ", ".join(name for name, _ in model.base_model.named_children())
            raise HubpressError(
                f"the base model has no part {part!r}.", where="training.freeze", hint=f"Its parts: {children}."
            ) from error
        module.requires_grad_(False)


def _encoded(
    task: Task, recipe: Recipe, tokenizer: Any, data_folder: Path, folder: Path, *, names: Sequence[str]
) -> dict[str, Any]:
    (folder / "encoded").mkdir(parents=True, exist_ok=True)
    return {
        name: task.encode(
            load_split(data_folder, name),
            tokenizer,
            max_length=recipe.tokenizer.max_length,
            cache_file=str(folder / "encoded" / f"{name}.arrow"),
        )
        for name in names
    }


def _trainer(ema_decay: float | None, **options: Any) -> Any:
    import transformers

    if ema_decay is None:
        return transformers.Trainer(**options)
    from hubpress.train.averaging import AveragingTrainer

    return AveragingTrainer(ema_decay=ema_decay, **options)


def _show_progress(trainer: Any, *, quiet: bool) -> None:
    """Replace Trainer's bar and its printed dictionaries by one line an epoch, and what the stage's line says."""
    from transformers import PrinterCallback, ProgressCallback

    from hubpress.train.progress import EpochLines

    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    if not quiet:
        trainer.add_callback(EpochLines(trainer.args.metric_for_best_model))
