"""What a task answers for: an object bound to one recipe and its splits, from encoding to measuring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from hubpress.metrics.counts import Predictions
from hubpress.schemas.answers import Answer, Example
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import Aggregation, Baseline, LostEntities, Measurement, ThresholdValue
from hubpress.schemas.outcomes import Outcomes

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from scipy import sparse

    from hubpress.tasks.inputs import InputCombination

Loss = Callable[..., "torch.Tensor"]
"""For Trainer's ``compute_loss_func``: (outputs, targets, num_items_in_batch=None) -> the step's share of the loss."""


@dataclass(frozen=True)
class TunedThreshold:
    """How good the model's tuned threshold is on the split that it was chosen on."""

    count: int
    """The split's records."""
    metric: str
    """By which thresholds are compared."""
    value: float
    """The metric at the model's own threshold."""
    comparison: ThresholdValue | None
    """The same at the recipe's first further threshold."""


@dataclass(frozen=True)
class Validated:
    """What one pass of a pipeline over the validation split tells."""

    metrics: Metrics
    """Those of the training table."""
    tuned: TunedThreshold | None = None
    """None where no threshold was tuned."""
    aggregation: Aggregation | None = None
    """Of a token model."""


@dataclass(frozen=True)
class Measured:
    """The figures of one model's answers to a split, and those answers."""

    figures: Measurement
    outcomes: Outcomes
    predictions: Predictions
    """The same answers, to be held against those of another model to the same records."""


@dataclass(frozen=True)
class ChosenThreshold:
    """A threshold that was chosen on validation: one number, and perhaps one for each label in the order of ids."""

    threshold: float
    per_label: tuple[float, ...] | None = None


class Trainable(Protocol):
    """How a model is trained."""

    def model_class(self) -> Any:
        """Return the AutoModel class with this task's stock head."""

    def encode(self, dataset: Dataset, tokenizer: Any, *, cache_file: str) -> Dataset:
        """Return the dataset with ``input_ids``, ``attention_mask`` and ``labels``; kept on disk in *cache_file*."""

    def collator(self, tokenizer: Any) -> Any:
        """Return a collator that pads a batch to its longest member."""

    def initialise(self, model: Any, dataset: Dataset) -> None:
        """Give the head of a freshly loaded model the values to start from, by the encoded train split."""

    def loss(self, dataset: Dataset) -> Loss:
        """Return a loss that is correct under accumulation and on many processes, by the encoded train split."""

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """Return a function that reduces a batch of logits to what the metrics need, so that not all are held."""

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        """Return a function for Trainer's ``compute_metrics`` over predictions reduced by :meth:`reducer`."""


class Measurable(Protocol):
    """How a published model is measured, through its pipeline."""

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        """Return the metrics of the training table, and how good a tuned threshold is there."""

    def metrics(self, pipe: Any, records: Dataset) -> Metrics:
        """Return the metrics of the whole of a split alone, as :meth:`measure` has them."""

    def measure(self, pipe: Any, records: Dataset) -> Measured:
        """Return the pipeline's figures and answers on a split; raises HubpressError where it has a single record."""

    def baselines(self, datasets: Mapping[str, Dataset], tokenizer: Any, *, ours: Predictions) -> tuple[Baseline, ...]:
        """Return the figures of the recipe's baselines on the same test split; *datasets* are all three splits, *ours*
        the model's answers to it."""

    def widget(self, pipe: Any, examples: Sequence[Example]) -> tuple[Answer, ...]:
        """Return what the model says to each example."""

    def expected(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the true labels of a record of a split; of a sentence its entities as "words (type)"."""


class Task(Trainable, Measurable, Protocol):
    """One kind of model: how it is trained, how it decides and how it is measured."""


@runtime_checkable
class Thresholded(Protocol):
    """A task whose models may decide by a threshold."""

    def choose_threshold(self, pipe: Any, validation: Dataset) -> ChosenThreshold:
        """Return the threshold that is best on validation by the scores that the pipeline gives."""


@runtime_checkable
class Calibrating(Protocol):
    """A task whose models score labels, which a temperature can make probabilities of."""

    def truth(self, inputs: InputCombination) -> sparse.csr_matrix:
        """Return which labels are true of each record (records, labels): 1, and 0 elsewhere."""


@runtime_checkable
class Aggregating(Protocol):
    """A task whose models tag the pieces of a text, of which the pipeline makes entities."""

    def choose_aggregation(self, pipe: Any, validation: Dataset) -> str:
        """Return the ``aggregation_strategy`` of the pipeline that is best on validation."""

    def lost(self, datasets: Mapping[str, Dataset], tokenizer: Any) -> dict[str, LostEntities]:
        """Return for each split how many of its entities the pieces of the tokenizer cannot say."""
