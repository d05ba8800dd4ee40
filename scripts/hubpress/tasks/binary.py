"""Two labels, one of them positive and often rare: its softmax score against a threshold is the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from datasets import Dataset

from hubpress.metrics.thresholds import best_f1_threshold
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.baselines import tfidf_scores
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.outcomes import BinaryAnswers, BinaryPredictions, ClassPredictions
from hubpress.tasks.single_label import SingleLabel
from hubpress.tasks.text_task import Predictor


class Binary(SingleLabel):
    """See :class:`hubpress.tasks.protocol.Task`; it is trained as any single-label model."""

    tuned_by = "f1"

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        return lambda logits, labels: logits.float().softmax(dim=-1)

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        positive = list(labels).index(str(recipe.decision.positive))

        def compute(prediction: Any) -> dict[str, float]:
            scores, truth = prediction.predictions[:, positive], prediction.label_ids == positive
            outcome = BinaryPredictions(tuple(labels), positive, truth, scores, _threshold(recipe, scores, truth))
            return outcome.metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        found = self.answered(recipe, facts, InputCombination.whole(validation), self.predictor(recipe, pipe)).whole
        return {"threshold": best_f1_threshold(found.scores, found.truth)}

    def predictor(self, recipe: Recipe, pipe: Any) -> Predictor:
        def scores(texts: list[str]) -> np.ndarray:
            return np.array([answer["score"] for answer in pipe(texts, batch_size=recipe.evaluation.batch_size)])

        return Predictor(scores, float(pipe.decision.threshold))

    def answered(self, recipe: Recipe, facts: SplitFacts, view: InputCombination, predictor: Predictor) -> Any:
        scores = np.concatenate([predictor.answers(texts) for texts in view.chunks()])
        positive = facts.labels.index(str(recipe.decision.positive))
        truth = np.array(view.records["label"])[view.rows] == positive
        return BinaryAnswers(BinaryPredictions(facts.labels, positive, truth, scores, predictor.threshold))

    def details(self, recipe: Recipe, facts: SplitFacts, outcome: Any, records: Dataset) -> dict[str, Any]:
        classes = ClassPredictions(facts.labels, outcome.ids(outcome.truth), outcome.ids(outcome.answers)[:, None])
        return {
            "per_class": outcome.counts.per_class(facts.labels),
            "confusion": {
                "level": None,
                "names": list(facts.labels),
                "matrix": classes.confusion(),
            },
            "curve": outcome.curve(),
            "errors": outcome.errors(records),
        }

    def fitted(self, name: str, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        positive = facts.labels.index(str(recipe.decision.positive))
        truth = {split: np.array(splits[split]["label"]) == positive for split in ("train", "validation")}
        if name == "most_frequent":
            share = float(truth["train"].mean())
            return "The share of positives for every record", Predictor(lambda texts: np.full(len(texts), share), 0.5)
        predict = tfidf_scores(list(splits["train"]["text"]), truth["train"], class_weight="balanced")
        scores = np.concatenate([predict(texts) for texts in InputCombination.whole(splits["validation"]).chunks()])
        own = best_f1_threshold(scores, truth["validation"])
        title = f"TF-IDF + balanced logistic regression, threshold {own:.3f} chosen on validation"
        return title, Predictor(predict, own)

    def answer(self, pipe: Any, given: str | dict[str, Any], output: list[dict[str, Any]]) -> list[str]:
        return [pipe(given)["label"]]


def _threshold(recipe: Recipe, scores: np.ndarray, truth: np.ndarray) -> float:
    given = recipe.decision.threshold
    return float(given) if isinstance(given, float | int) else best_f1_threshold(scores, truth)


TASK = Binary()
