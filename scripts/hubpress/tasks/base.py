"""What a task has to answer for, from encoding to measuring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

    from hubpress.recipe import Recipe

Answer = list[dict[str, Any]]


class Task(Protocol):
    """One kind of model: how it is trained and how it is measured."""

    def model_class(self) -> Any:
        """Return the AutoModel class with this task's stock head."""

    def encode(self, dataset: Dataset, tokenizer: Any, *, max_length: int, cache_file: str) -> Dataset:
        """Return the dataset with ``input_ids``, ``attention_mask`` and ``labels``; kept on disk in *cache_file*."""

    def collator(self, tokenizer: Any) -> Any:
        """Return a collator that pads a batch to its longest member."""

    def loss(self, recipe: Recipe, labels: Sequence[str], dataset: Dataset) -> Callable[..., Any]:
        """Return a loss for Trainer's ``compute_loss_func``, correct under accumulation and on many processes."""

    def validation_metrics(self, names: tuple[str, ...]) -> Callable[[Any], dict[str, float]]:
        """Return a function for Trainer's ``compute_metrics`` over predictions reduced by :meth:`reduce_logits`."""

    def reduce_logits(self, logits: Any, labels: Any) -> Any:
        """Reduce a batch of logits to what the metrics need, so that not all logits are held in memory."""

    def answer(self, pipe: Any, texts: Sequence[str], *, batch_size: int) -> list[Answer]:
        """Return the pipeline's full answer to each text, in the texts' order."""

    def measure(
        self, recipe: Recipe, labels: Sequence[str], references: np.ndarray, answers: list[Answer]
    ) -> dict[str, Any]:
        """Return the figures of answers against references: metrics, intervals, per class, confusion."""

    def baselines(self, recipe: Recipe, labels: Sequence[str], splits: dict[str, Dataset]) -> list[dict[str, Any]]:
        """Return the simple baselines' figures on the same test split."""
