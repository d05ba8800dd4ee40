"""Single-label classification: one class a text, softmax, the best-scored class is the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch.nn import functional

from hubpress.inference.batching import by_length
from hubpress.inference.ranking import ranking
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.baselines import most_frequent, tfidf_svm
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.levels import levels_of
from hubpress.tasks.outcomes import TOP, ClassAnswers, ClassPredictions
from hubpress.tasks.text_task import Predictor, TextTask

_MATRIX = 30  # names in a confusion matrix that can still be read


class SingleLabel(TextTask):
    """See :class:`hubpress.tasks.protocol.Task` for what each method promises."""

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
            outcome = ClassPredictions(tuple(labels), prediction.label_ids, prediction.predictions)
            return outcome.metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
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

    def answered(self, recipe: Recipe, facts: SplitFacts, view: InputCombination, predictor: Predictor) -> Any:
        ranked = np.concatenate([predictor.answers(texts) for texts in view.chunks()])
        truth = np.array(view.records["label"])[view.rows]
        return ClassAnswers(ClassPredictions(facts.labels, truth, ranked))

    def details(self, recipe: Recipe, facts: SplitFacts, outcome: Any, records: Dataset) -> dict[str, Any]:
        found = {"per_class": outcome.counts.per_class(facts.labels)}
        readable = [level for level in levels_of(recipe, facts) if len(level.names) <= _MATRIX]
        if len(facts.labels) <= _MATRIX:
            return {**found, "confusion": {"level": None, "names": list(facts.labels), "matrix": outcome.confusion()}}
        if not readable:
            return found
        finest = max(readable, key=lambda level: len(level.names))
        matrix = outcome.at(finest).confusion()
        return {**found, "confusion": {"level": finest.name, "names": list(finest.names), "matrix": matrix}}

    def fitted(self, name: str, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        fit = {"most_frequent": most_frequent, "tfidf_linear": tfidf_svm}[name]
        title, ranked = fit(splits, classes=len(facts.labels), kept=min(_kept(recipe), len(facts.labels)))
        return title, Predictor(ranked)


def _kept(recipe: Recipe) -> int:
    """Return how many of the best classes the metrics look at."""
    return max([1, *(int(name.removeprefix(TOP)) for name in recipe.metrics if name.startswith(TOP))])


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
