"""Single-label classification: one class a text, softmax, the best-scored class is the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch.nn import functional

from hubpress.data import DataFacts
from hubpress.levels import Level, levels_of
from hubpress.metrics import SCORES, class_metrics
from hubpress.outcomes import Counts, Rates
from hubpress.recipe import Recipe
from hubpress.tasks.baselines import most_frequent, tfidf_svm
from hubpress.tasks.batching import by_length
from hubpress.tasks.ranking import ranking
from hubpress.tasks.sequence import Predictor, SequenceTask
from hubpress.views import View

_MATRIX = 30  # names in a confusion matrix that can still be read
_TOP = "accuracy_top_"


@dataclass(frozen=True, eq=False)
class ClassOutcome:
    """The true class of each record (records,) and the best-scored classes, best first (records, k)."""

    labels: tuple[str, ...]
    truth: np.ndarray
    ranked: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures, by scikit-learn where it has them without all scores."""
        known = tuple(name for name in names if name in SCORES)
        values = class_metrics(known).compute(predictions=self.ranked[:, 0], references=self.truth) if known else {}
        means = self._means(names)
        return {name: float(values[name]) if name in values else float(means[name].mean()) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        return Rates(self.counts, self._means(names))(names, weights)

    @cached_property
    def counts(self) -> Counts:
        """The counts of the first answers."""
        return Counts.of_ids(self.truth, self.ranked[:, 0], len(self.labels))

    def at(self, level: Level) -> ClassOutcome:
        """Return the same with every class's parent in its place."""
        return ClassOutcome(level.names, level.parent[self.truth], level.parent[self.ranked])

    def confusion(self) -> list[list[int]]:
        """Return the confusion matrix (labels, labels), rows true."""
        from sklearn.metrics import confusion_matrix

        matrix = confusion_matrix(self.truth, self.ranked[:, 0], labels=np.arange(len(self.labels)))
        return [[int(count) for count in row] for row in matrix]

    def _means(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        found = self.ranked == self.truth[:, None]
        tops = {name: int(name.removeprefix(_TOP)) for name in names if name.startswith(_TOP)}
        means = {name: found[:, :top].any(axis=1).astype(np.float64) for name, top in tops.items()}
        return {"accuracy": found[:, 0].astype(np.float64), **means}


@dataclass(frozen=True)
class ClassAnswers:
    """Ranked classes of the records of a view."""

    whole: ClassOutcome

    def outcome(self, *, threshold: float | None = None, level: Level | None = None) -> ClassOutcome:
        """Return the answers, rolled up to *level*; they know no threshold."""
        return self.whole.at(level) if level else self.whole


class SingleLabel(SequenceTask):
    """See :class:`hubpress.tasks.base.Task` for what each method promises."""

    def loss(self, recipe: Recipe, labels: Sequence[str], dataset: Dataset) -> Callable[..., Any]:
        """Cross-entropy summed and divided by the records of the whole step.

        The mean over a micro-batch, which models compute themselves, is off by the number of accumulation steps or
        processes (transformers 5.23). Balanced class weights are scikit-learn's, whose mean over the records is 1.
        """
        weights = _class_weights(recipe.training.class_weight, labels, dataset)
        smoothing = float(recipe.training.arguments.get("label_smoothing_factor", 0.0))

        def compute(
            outputs: Any, targets: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
        ) -> torch.Tensor:
            logits = outputs["logits"]
            weight = None if weights is None else weights.to(logits.device, logits.dtype)
            total = functional.cross_entropy(logits, targets, weight=weight, label_smoothing=smoothing, reduction="sum")
            return total / (targets.numel() if num_items_in_batch is None else num_items_in_batch)

        return compute

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        kept = _kept(recipe)

        def reduce(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return logits.topk(min(kept, logits.shape[-1]), dim=-1).indices

        return reduce

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        def compute(prediction: Any) -> dict[str, float]:
            outcome = ClassOutcome(tuple(labels), prediction.label_ids, prediction.predictions)
            return outcome.metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: DataFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        raise NotImplementedError("a model that answers with its best class has no threshold")

    def predictor(self, recipe: Recipe, pipe: Any) -> Predictor:
        kept, batch_size = min(_kept(recipe), pipe.model.config.num_labels), recipe.evaluation.batch_size
        ids = pipe.model.config.label2id
        asked: Any = None

        def ranked(texts: list[str]) -> np.ndarray:
            nonlocal asked
            asked = asked or ranking(pipe, texts, top_k=kept)
            options = {"top_k": kept, "truncation": True, "batch_size": batch_size}
            answers = by_length(texts, lambda some: asked(some, **options))
            return np.array([[ids[entry["label"]] for entry in answer] for answer in answers], dtype=np.int32)

        return Predictor(ranked)

    def answered(self, recipe: Recipe, facts: DataFacts, view: View, predictor: Predictor) -> Any:
        ranked = np.concatenate([predictor.answers(texts) for texts in view.chunks()])
        truth = np.array(view.records["label"])[view.rows]
        return ClassAnswers(ClassOutcome(facts.labels, truth, ranked))

    def details(self, recipe: Recipe, facts: DataFacts, outcome: Any, records: Dataset) -> dict[str, Any]:
        found = {"per_class": outcome.counts.per_class(facts.labels)}
        readable = [level for level in levels_of(recipe, facts) if len(level.names) <= _MATRIX]
        if len(facts.labels) <= _MATRIX:
            return {**found, "confusion": {"level": None, "names": list(facts.labels), "matrix": outcome.confusion()}}
        if not readable:
            return found
        finest = max(readable, key=lambda level: len(level.names))
        matrix = outcome.at(finest).confusion()
        return {**found, "confusion": {"level": finest.name, "names": list(finest.names), "matrix": matrix}}

    def fitted(self, name: str, recipe: Recipe, facts: DataFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        fit = {"most_frequent": most_frequent, "tfidf_linear": tfidf_svm}[name]
        title, ranked = fit(splits, classes=len(facts.labels), kept=min(_kept(recipe), len(facts.labels)))
        return title, Predictor(ranked)


def _kept(recipe: Recipe) -> int:
    """Return how many of the best classes the metrics look at."""
    return max([1, *(int(name.removeprefix(_TOP)) for name in recipe.metrics if name.startswith(_TOP))])


def _class_weights(rule: str | dict[str, float] | None, labels: Sequence[str], dataset: Dataset) -> torch.Tensor | None:
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


TASK = SingleLabel()
