"""Multi-label classification: any number of labels a text, a sigmoid each, those over the threshold are the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from scipy import sparse
from torch.nn import functional
from transformers import DataCollatorWithPadding

from hubpress.metrics.thresholds import best_common_threshold, best_label_thresholds
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.baselines import tfidf_scores
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.outcomes import LabelSetAnswers, LabelSetPredictions
from hubpress.tasks.text_task import Predictor, TextTask

# The threshold that a tuned one is never worse than, where the recipe names no further one: the ASJC reference's.
REFERENCE_THRESHOLD = 0.3
_LOWEST = 1e-6  # below any threshold that is chosen


class MultiHotCollator:
    """Pads a batch and makes the label ids of each record a row of 0 and 1, as binary cross-entropy wants them."""

    def __init__(self, tokenizer: Any, labels: int) -> None:
        self._pad, self._labels = DataCollatorWithPadding(tokenizer), labels

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Return padded tensors, with ``labels`` of shape (records, labels)."""
        batch = self._pad([{key: value for key, value in one.items() if key != "labels"} for one in features])
        batch["labels"] = torch.zeros(len(features), self._labels)
        for row, one in enumerate(features):
            batch["labels"][row, one["labels"]] = 1
        return dict(batch)


class MultiLabel(TextTask):
    """See :class:`hubpress.tasks.protocol.Task` for what each method promises."""

    def collator(self, tokenizer: Any, labels: Sequence[str]) -> Any:
        return MultiHotCollator(tokenizer, len(labels))

    def initialise(self, model: Any, dataset: Dataset) -> None:
        """Let every label start at its share of the records (Lin et al. 2017, section 4.1: the prior of a rare class).

        From one half, a model of hundreds of labels spends its first epoch on learning that most of them do not apply.
        """
        labels = model.config.num_labels
        shares = _positives(dataset, labels).clip(0.5) / len(dataset)
        head = [part for part in model.modules() if isinstance(part, torch.nn.Linear) and part.out_features == labels]
        if head and head[-1].bias is not None:
            with torch.no_grad():
                head[-1].bias.copy_(torch.tensor(shares).logit())

    def loss(self, recipe: Recipe, labels: Sequence[str], dataset: Dataset) -> Callable[..., Any]:
        """Binary cross-entropy summed and divided by the records and labels of the whole step.

        A class weight counts a label's positives so often; ``balanced`` makes them weigh as much as its negatives.
        """
        weights = _positive_weights(recipe.training.class_weight, labels, dataset)

        def compute(
            outputs: Any, targets: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
        ) -> torch.Tensor:
            logits = outputs["logits"]
            weight = None if weights is None else weights.to(logits.device, logits.dtype)
            total = functional.binary_cross_entropy_with_logits(
                logits, targets.to(logits.dtype), pos_weight=weight, reduction="sum"
            )
            return total / (targets.numel() if num_items_in_batch is None else num_items_in_batch)

        return compute

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        return lambda logits, labels: logits.float().sigmoid()

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        def compute(prediction: Any) -> dict[str, float]:
            scores, truth = prediction.predictions, prediction.label_ids > 0
            answers = sparse.csr_matrix(scores >= _limits(recipe, scores, truth))
            return LabelSetPredictions(tuple(labels), sparse.csr_matrix(truth), answers).metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        view, predictor = InputCombination.whole(validation), _scored(recipe, pipe, threshold=_LOWEST)
        scores = _gathered(view, predictor).toarray()
        common, each = _tuned(recipe, scores, _truth(facts, view).toarray())
        if recipe.decision.threshold == "tune":
            return {"threshold": common}
        return {"threshold": common, "per_label": np.round(each, 6).tolist()}

    def predictor(self, recipe: Recipe, pipe: Any) -> Predictor:
        own, top_k = pipe.decision.threshold, pipe.decision.top_k
        if own is None:
            return _scored(recipe, pipe)
        lowest = np.minimum(own, min(recipe.evaluation.thresholds, default=1.0)).tolist()
        return _scored(recipe, pipe, threshold=lowest, **({} if top_k is None else {"top_k": top_k}))

    def answered(
        self, recipe: Recipe, facts: SplitFacts, view: InputCombination, predictor: Predictor
    ) -> LabelSetAnswers:
        return LabelSetAnswers(facts.labels, _truth(facts, view), _gathered(view, predictor), predictor.threshold)

    def details(
        self, recipe: Recipe, facts: SplitFacts, outcome: LabelSetPredictions, records: Dataset
    ) -> dict[str, Any]:
        return {"per_class": outcome.counts.per_class(facts.labels)}

    def fitted(self, name: str, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        train = InputCombination.whole(splits["train"])
        targets = _truth(facts, train)
        if name == "most_frequent":
            first = int(np.asarray(targets.sum(axis=0)).argmax())
            row = sparse.csr_matrix(([1.0], ([0], [first])), shape=(1, len(facts.labels)))
            return "Most frequent label", Predictor(lambda texts: sparse.vstack([row] * len(texts)), 0.5)
        scored = tfidf_scores(list(splits["train"]["text"]), targets)
        predictor, validation = (
            Predictor(lambda texts: sparse.csr_matrix(scored(texts))),
            InputCombination.whole(splits["validation"]),
        )
        scores, truth = _gathered(validation, predictor).toarray(), _truth(facts, validation).toarray()
        own = best_common_threshold(scores, truth, beside=_beside(recipe))
        title = f"TF-IDF + one-vs-rest logistic regression, threshold {own:g} chosen on validation"
        return title, Predictor(predictor.answers, own)

    def answer(self, pipe: Any, given: str | dict[str, Any], output: list[dict[str, Any]]) -> list[str]:
        return [entry["label"] for entry in pipe(given)]


def _scored(recipe: Recipe, pipe: Any, **options: Any) -> Predictor:
    """Return the pipeline as a predictor of the scores (texts, labels) that it answers with; 0 where it has none."""
    ids, own = pipe.model.config.label2id, pipe.decision.threshold

    def scores(texts: list[str]) -> sparse.csr_matrix:
        answers = pipe(texts, batch_size=recipe.evaluation.batch_size, **options)
        rows = np.repeat(np.arange(len(texts)), [len(answer) for answer in answers])
        columns = [ids[entry["label"]] for answer in answers for entry in answer]
        values = [entry["score"] for answer in answers for entry in answer]
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(texts), len(ids)))

    return Predictor(scores, 0.0 if own is None else own)


def _gathered(view: InputCombination, predictor: Predictor) -> sparse.csr_matrix:
    return sparse.vstack([predictor.answers(texts) for texts in view.chunks()], format="csr")


def _truth(facts: SplitFacts, view: InputCombination) -> sparse.csr_matrix:
    chosen = view.records.select_columns("labels")[view.rows]["labels"]
    rows = np.repeat(np.arange(len(chosen)), [len(ids) for ids in chosen])
    columns = [number for ids in chosen for number in ids]
    return sparse.csr_matrix((np.ones(len(columns), dtype=bool), (rows, columns)), (len(chosen), len(facts.labels)))


def _beside(recipe: Recipe) -> float:
    return next(iter(recipe.evaluation.thresholds), REFERENCE_THRESHOLD)


def _tuned(recipe: Recipe, scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray | float]:
    """Return the best common threshold, and what the model answers by: it, or one for each label."""
    common = best_common_threshold(scores, truth, beside=_beside(recipe))
    if recipe.decision.threshold == "tune":
        return common, common
    return common, best_label_thresholds(scores, truth, common=common)


def _limits(recipe: Recipe, scores: np.ndarray, truth: np.ndarray) -> np.ndarray | float:
    """Return what scores (records, labels) have to reach by the recipe's decision, tuned on them if it says so."""
    decision = recipe.decision
    if isinstance(decision.threshold, str):
        return _tuned(recipe, scores, truth)[1]
    floor = float(decision.threshold or 0.0)
    if decision.top_k is None:
        return floor
    kth: np.ndarray = np.partition(scores, -decision.top_k, axis=1)[:, -decision.top_k, None]
    limits: np.ndarray = np.maximum(kth, floor)
    return limits


def _positives(dataset: Dataset, labels: int) -> np.ndarray:
    """Return how many records have each label."""
    return np.bincount([number for ids in dataset["labels"] for number in ids], minlength=labels)


def _positive_weights(
    rule: str | dict[str, float] | None, labels: Sequence[str], dataset: Dataset
) -> torch.Tensor | None:
    if rule is None:
        return None
    if isinstance(rule, dict):
        return torch.tensor([rule.get(label, 1.0) for label in labels])
    positives = _positives(dataset, len(labels))
    # A label that train lacks has no positives to weigh.
    return torch.tensor(np.where(positives > 0, (len(dataset) - positives) / np.maximum(positives, 1), 1.0))


TASK = MultiLabel()
