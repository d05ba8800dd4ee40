"""training.json: what a training did, with every setting as it was used."""

from __future__ import annotations

from typing import Self

from pydantic import JsonValue, model_validator

from hubpress.schemas.document import Document, Metrics, Part


class BaseModelFacts(Part):
    """The encoder that was started from, in the words of the recipe's ``base_model``, and which it was."""

    id: str | None
    revision: str | None
    config: dict[str, JsonValue]
    commit: str | None = None
    """The commit (40 hex) that was loaded from the Hub; None of a folder and of a package."""
    sha256: str | None = None
    """The sha256 of the ``model.safetensors`` that was loaded from a folder or a package."""


class Epoch(Part):
    """One epoch: its training loss, and loss and metrics on validation."""

    epoch: float
    step: int
    train_loss: float
    validation_loss: float
    metrics: Metrics


class TrainingFacts(Document):
    """What trained, on what, and how it went."""

    base_model: BaseModelFacts
    adjustments: tuple[str, ...] | None = None
    """What was changed in the base model to make it fit, a sentence each: a token to pad with, a head's order."""
    hyperparameters: dict[str, JsonValue]
    """TrainingArguments as they were used, without facts of the machine."""
    stated: dict[str, JsonValue]
    """What the recipe says of training, its defaults left to TrainingArguments."""
    epochs: tuple[Epoch, ...]
    best_epoch: float
    main_metric: str
    log_history: tuple[dict[str, JsonValue], ...]
    """Trainer's own."""
    parameters: int
    trainable_parameters: int
    device: str
    processes: int
    threads: int
    seconds: float
    versions: dict[str, str]

    @model_validator(mode="after")
    def _best_epoch_is_one_of_them(self) -> Self:
        if all(row.epoch != self.best_epoch for row in self.epochs):
            raise ValueError(f"`best_epoch` is {self.best_epoch:g}, which is none of the `epochs`")
        return self

    @property
    def released(self) -> Epoch:
        """The epoch whose weights are released."""
        return next(row for row in self.epochs if row.epoch == self.best_epoch)
