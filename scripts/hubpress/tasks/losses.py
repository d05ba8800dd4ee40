"""Losses that are correct under gradient accumulation and on many processes, and what rare labels weigh in them.

Each is summed and divided by the items of the whole step. The mean over a micro-batch, which models compute themselves,
is off by the number of accumulation steps or processes (transformers 5.23).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch.nn import functional

from hubpress.recipe.blocks import Training
from hubpress.tasks.protocol import Loss

IGNORED = -100
"""The target that losses and collators of transformers leave out."""


def cross_entropy(training: Training, weights: torch.Tensor | None) -> Loss:
    """Return cross-entropy over one class a record."""
    smoothing = _smoothing(training)

    def summed(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        return functional.cross_entropy(logits, targets, weight=weight, label_smoothing=smoothing, reduction="sum")

    return _by_step(summed, weights, items=torch.Tensor.numel)


def token_cross_entropy(training: Training, weights: torch.Tensor | None) -> Loss:
    """Return cross-entropy over the labelled tokens.

    Trainer counts the labels that are not -100 over all micro-batches and processes (transformers 5.23).
    """
    smoothing = _smoothing(training)

    def summed(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        return functional.cross_entropy(
            logits.flatten(0, 1),
            targets.flatten(),
            weight=weight,
            ignore_index=IGNORED,
            label_smoothing=smoothing,
            reduction="sum",
        )

    return _by_step(summed, weights, items=lambda targets: (targets != IGNORED).sum().clamp(min=1))


def squared_error(deviations: torch.Tensor) -> Loss:
    """Return the squared error over records and numbers, each number in its own standard deviations."""

    def summed(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        assert weight is not None
        return functional.mse_loss(logits / weight, targets.to(logits.dtype) / weight, reduction="sum")

    return _by_step(summed, deviations, items=torch.Tensor.numel)


def binary_cross_entropy(weights: torch.Tensor | None) -> Loss:
    """Return binary cross-entropy over records and labels; a label's weight counts its positives so often."""

    def summed(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(
            logits, targets.to(logits.dtype), pos_weight=weight, reduction="sum"
        )

    return _by_step(summed, weights, items=torch.Tensor.numel)


def class_weights(training: Training, labels: Sequence[str], dataset: Dataset) -> torch.Tensor | None:
    """Return a weight for each class (labels,), None where the recipe gives none.

    Balanced ones are scikit-learn's, whose mean over the records is 1.
    """
    rule = training.class_weight
    if rule is None:
        return None
    if isinstance(rule, dict):
        return torch.tensor([rule.get(label, 1.0) for label in labels])
    from sklearn.utils.class_weight import compute_class_weight

    targets = np.array(dataset["labels"])
    weights = torch.ones(len(labels), dtype=torch.float64)  # a class that train lacks has no say in the loss
    present = np.unique(targets)
    weights[present] = torch.tensor(compute_class_weight("balanced", classes=present, y=targets))
    return weights


def tag_weights(training: Training, tags: Sequence[str], dataset: Dataset) -> torch.Tensor | None:
    """Return a weight for each tag: the recipe's, by tag or by entity type, or tokens / (tags x tokens of the tag).

    Balanced, the mean over the labelled tokens is 1 as scikit-learn's; a tag that train lacks weighs 1.
    """
    rule = training.class_weight
    if rule is None:
        return None
    if isinstance(rule, dict):
        return torch.tensor([rule.get(tag, rule.get(tag[2:], 1.0)) for tag in tags])
    counts = np.zeros(len(tags))
    for row in dataset["labels"]:
        counts += np.bincount([tag for tag in row if tag != IGNORED], minlength=len(tags))
    present = counts > 0
    return torch.tensor(np.where(present, counts.sum() / (present.sum() * np.maximum(counts, 1)), 1.0))


def positive_weights(training: Training, labels: Sequence[str], dataset: Dataset) -> torch.Tensor | None:
    """Return how often each label's positives count; balanced, they weigh as much as its negatives."""
    rule = training.class_weight
    if rule is None:
        return None
    if isinstance(rule, dict):
        return torch.tensor([rule.get(label, 1.0) for label in labels])
    positives = positives_of(dataset, len(labels))
    # A label that train lacks has no positives to weigh.
    return torch.tensor(np.where(positives > 0, (len(dataset) - positives) / np.maximum(positives, 1), 1.0))


def positives_of(dataset: Dataset, labels: int) -> np.ndarray:
    """Return how many records have each label (labels,); the encoded ``labels`` are lists of ids."""
    return np.bincount([number for ids in dataset["labels"] for number in ids], minlength=labels)


def share_logits(positives: np.ndarray, records: int) -> np.ndarray:
    """Return the logits of the shares of records that have each label; a label of no record, or of each, would have an
    endless one, and is taken to be of half a record, or of all but half a one."""
    shares = positives.clip(0.5, records - 0.5) / records
    return np.asarray(np.log(shares / (1 - shares)))


def _by_step(
    summed: Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor],
    weights: torch.Tensor | None,
    *,
    items: Callable[[torch.Tensor], torch.Tensor | int],
) -> Loss:
    """Return a summed loss divided by the items of the step, or of the batch where Trainer names none."""

    def compute(
        outputs: Any, targets: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        logits = outputs["logits"]
        weight = None if weights is None else weights.to(logits.device, logits.dtype)
        total = summed(logits, targets, weight)
        return total / (items(targets) if num_items_in_batch is None else num_items_in_batch)

    return compute


def _smoothing(training: Training) -> float:
    return float(training.arguments.get("label_smoothing_factor", 0.0))
