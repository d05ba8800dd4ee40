"""What a task has to answer for, from encoding to measuring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datasets import Dataset

    from hubpress.recipe.recipe import Recipe
    from hubpress.schemas.splits import SplitFacts


class Task(Protocol):
    """One kind of model: how it is trained, how it decides and how it is measured."""

    def model_class(self) -> Any:
        """Return the AutoModel class with this task's stock head."""

    def encode(self, dataset: Dataset, tokenizer: Any, *, max_length: int, cache_file: str) -> Dataset:
        """Return the dataset with ``input_ids``, ``attention_mask`` and ``labels``; kept on disk in *cache_file*."""

    def collator(self, tokenizer: Any, labels: Sequence[str]) -> Any:
        """Return a collator that pads a batch to its longest member."""

    def initialise(self, model: Any, dataset: Dataset) -> None:
        """Give the head of a freshly loaded model the values to start from, by the encoded train split."""

    def loss(self, recipe: Recipe, labels: Sequence[str], dataset: Dataset) -> Callable[..., Any]:
        """Return a loss for Trainer's ``compute_loss_func``, correct under accumulation and on many processes."""

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        """Return a function that reduces a batch of logits to what the metrics need, so that not all are held."""

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        """Return a function for Trainer's ``compute_metrics`` over predictions reduced by :meth:`reducer`."""

    def choose(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        """Return ``threshold`` (one number) and perhaps ``per_label``, chosen on validation by the pipeline's scores.

        Only called where the recipe says that the threshold is to be tuned.
        """

    def validated(
        self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset
    ) -> tuple[dict[str, float], dict[str, Any]]:
        """Return what one pass of the pipeline over validation tells: the metrics of the training table; and of a
        tuned threshold how good it is there (``count``, ``metric``, ``value``, perhaps ``beside``), else nothing."""

    def metrics(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, float]:
        """Return the metrics of the whole of a split alone, as :meth:`measure` has them."""

    def measure(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, Any]:
        """Return the pipeline's figures on a split: metrics, intervals, per class, slices, and what the task adds."""

    def widget(self, pipe: Any, examples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return ``output`` (and ``answer``, the decision's labels) of examples: a ``text``, perhaps its ``record``."""

    def baselines(self, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> list[dict[str, Any]]:
        """Return the simple baselines' figures on the same test split."""
