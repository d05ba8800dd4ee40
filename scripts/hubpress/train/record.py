"""What a training did -> training.json: every setting as it was used, and one row an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hubpress.environment import versions
from hubpress.errors import HubpressError
from hubpress.files import JsonObject
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.training import BaseModelFacts, EnergyFacts, Epoch, PreparedEncoder, ProbeFacts, TrainingFacts
from hubpress.train.lora import lora_facts, whole_parameters
from hubpress.train.reporters import without_reporting

# Facts of this machine or of nothing: folders, tokens, logging.
_NOT_HYPERPARAMETERS = (
    "dir",
    "hub",
    "log",
    "report",
    "push",
    "token",
    "local_rank",
    "tqdm",
    "run_name",
    "project",
    "trackio",
    "deepspeed",
    "fsdp",
)


def training_facts(
    recipe: Recipe,
    trainer: Any,
    *,
    base: BaseModelFacts,
    adjustments: Sequence[str],
    seconds: float,
    prepared: PreparedEncoder | None = None,
    probe: ProbeFacts | None = None,
    energy: EnergyFacts | None = None,
) -> TrainingFacts:
    """Return ``training.json``: settings as they were used, one row an epoch, what trained and on what.

    *adjustments* say what was changed in the base model to make it fit, *prepared* and *probe* what was done with it
    for few records, *energy* what was measured of it.

    Raises HubpressError for a loss that is no number.
    """
    history = trainer.state.log_history
    arguments = trainer.args.to_dict()
    hyperparameters = {
        name: value
        for name, value in sorted(arguments.items())
        if not any(word in name for word in _NOT_HYPERPARAMETERS)
    }
    epochs = _epochs(history, recipe.metrics)
    lower = METRIC_NAMES[recipe.main_metric].lower_is_better
    best = max(epochs, key=lambda row: (-1 if lower else 1) * row.metrics[recipe.main_metric])
    model, lora = trainer.accelerator.unwrap_model(trainer.model), recipe.training.lora
    return TrainingFacts(
        base_model=base,
        adjustments=tuple(adjustments) or None,
        hyperparameters=hyperparameters,
        stated={**stated_settings(recipe), "max_length": recipe.tokenizer.max_length},
        epochs=epochs,
        best_epoch=best.epoch,
        main_metric=recipe.main_metric,
        log_history=tuple(history),
        parameters=whole_parameters(model),
        trainable_parameters=sum(part.numel() for part in model.parameters() if part.requires_grad),
        lora=lora_facts(model) if lora else None,
        pooling=prepared.pooling if prepared else None,
        warm_up=prepared.warm_up if prepared else None,
        probe=probe,
        device=_device(trainer.args.device),
        processes=trainer.args.world_size,
        threads=_threads(),
        seconds=round(seconds, 1),
        energy=energy,
        versions=versions(*(("peft",) if lora else ())),
    )


def measure_once(trainer: Any, train_loss: float) -> None:
    """Note *train_loss* and the validation metrics of a model that took no steps yet, as those of an epoch 0."""
    trainer.state.epoch = 0
    trainer.log({"loss": train_loss})
    trainer.evaluate()
    trainer.callback_handler.on_train_end(trainer.args, trainer.state, trainer.control)  # dashboards wait for it


def _epochs(history: list[JsonObject], metrics: Sequence[str]) -> tuple[Epoch, ...]:
    """Return one row an epoch: training loss, validation loss and metrics; raises HubpressError for a loss of nan."""
    losses = {entry["step"]: entry["loss"] for entry in history if "loss" in entry}
    ended = [entry for entry in history if "eval_loss" in entry and entry["step"] in losses]
    if any(not math.isfinite(losses[entry["step"]] + entry["eval_loss"]) for entry in ended):
        raise HubpressError(
            "the loss became infinite or not a number.",
            where="training",
            hint="Lower learning_rate, or train in float32.",
        )
    return tuple(
        Epoch(
            epoch=round(entry["epoch"], 2),
            step=entry["step"],
            train_loss=losses[entry["step"]],
            validation_loss=entry["eval_loss"],
            metrics={name: entry[f"eval_{name}"] for name in metrics},
        )
        for entry in ended
    )


def _device(device: Any) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device.type)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())


def stated_settings(recipe: Recipe) -> JsonObject:
    """Return what the recipe says of training: TrainingArguments' names, and ours beside them."""
    training = recipe.training
    few = {
        "method": training.method if training.method != "fine_tune" else None,
        "contrastive": training.contrastive.model_dump(mode="json") if training.contrastive else None,
        "pooling": training.pooling,
    }
    return {
        **without_reporting(training.arguments),
        **{name: value for name, value in few.items() if value is not None},
        "class_weight": training.class_weight,
        "freeze": list(training.freeze),
        **({"head_learning_rate": training.head_learning_rate} if training.head_learning_rate else {}),
        "ema_decay": training.ema_decay,
        "tag_scheme": training.tag_scheme,
        "oversample": training.oversample,
        **({"inputs": [" + ".join(fields) for fields in training.inputs]} if training.inputs else {}),
        "early_stopping_patience": training.early_stopping_patience,
        **({"lora": training.lora.model_dump(mode="json")} if training.lora else {}),
    }
