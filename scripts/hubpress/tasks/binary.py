"""Two labels, one of them positive and often rare: its softmax score against a threshold is the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from datasets import Dataset

from hubpress.data import DataFacts
from hubpress.levels import Level
from hubpress.metrics import SCORES, class_metrics
from hubpress.outcomes import Counts, Rates
from hubpress.recipe import Recipe
from hubpress.rendering import shortened
from hubpress.tasks.baselines import tfidf_scores
from hubpress.tasks.sequence import Predictor
from hubpress.tasks.single_label import ClassOutcome, SingleLabel
from hubpress.thresholds import best_f1_threshold
from hubpress.views import View

_CURVE = 200  # points of the precision-recall curve
_ERRORS = 50
_CUT = 200  # characters of a text in the list of errors
_OWN = ("f1", "precision", "recall")  # the positive label's


@dataclass(frozen=True, eq=False)
class BinaryOutcome:
    """The truth (records,), the positive label's score (records,) and the threshold that it is held against."""

    labels: tuple[str, ...]
    positive: int
    """The positive label's id."""
    truth: np.ndarray
    """True where a record is positive."""
    scores: np.ndarray
    threshold: float

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def answers(self) -> np.ndarray:
        """True where a record is answered as positive (records,)."""
        answers: np.ndarray = self.scores >= self.threshold
        return answers

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures by scikit-learn: the positive label's, or of both labels where a name says so."""
        from sklearn.metrics import average_precision_score, precision_recall_fscore_support

        precision, recall, f1, _ = precision_recall_fscore_support(
            self.truth, self.answers, average="binary", zero_division=0
        )
        values = {"f1": f1, "precision": precision, "recall": recall}
        if "average_precision" in names:
            values["average_precision"] = average_precision_score(self.truth, self.scores)
        known = tuple(name for name in names if name in SCORES)
        if known:
            values |= class_metrics(known).compute(predictions=self.ids(self.answers), references=self.ids(self.truth))
        return {name: float(values[name]) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        from sklearn.metrics import average_precision_score

        counted = [name for name in names if name != "average_precision"]
        means = {"accuracy": (self.answers == self.truth).astype(np.float64)}
        rates = Rates(self.counts, means, dict.fromkeys(_OWN, self.positive))
        found = dict(zip(counted, rates(counted, weights), strict=True)) if counted else {}
        if "average_precision" in names:
            found["average_precision"] = np.array(
                [
                    average_precision_score(self.truth, self.scores, sample_weight=row) if row[self.truth].any() else 0
                    for row in weights
                ]
            )
        return np.stack([found[name] for name in names])

    @cached_property
    def counts(self) -> Counts:
        """The counts of both labels."""
        return Counts.of_ids(self.ids(self.truth), self.ids(self.answers), 2)

    def curve(self) -> dict[str, Any]:
        """Return the precision-recall curve, thinned to 200 points, and the point of the threshold."""
        from sklearn.metrics import precision_recall_curve

        precision, recall, thresholds = precision_recall_curve(self.truth, self.scores)
        kept = np.unique(np.linspace(0, len(thresholds) - 1, min(_CURVE, len(thresholds))).astype(int))
        own = self.metrics(("precision", "recall", "average_precision"))
        return {
            "precision": precision[kept].tolist(),
            "recall": recall[kept].tolist(),
            "threshold": thresholds[kept].tolist(),
            "chosen": {"threshold": self.threshold, "precision": own["precision"], "recall": own["recall"]},
            "average_precision": own["average_precision"],
        }

    def errors(self, records: Dataset) -> list[dict[str, Any]]:
        """Return up to 50 records that are answered wrong, the furthest from the threshold first."""
        wrong = np.flatnonzero(self.answers != self.truth)
        wrong = wrong[np.argsort(-np.abs(self.scores[wrong] - self.threshold), kind="stable")][:_ERRORS]
        listed = []
        for row in wrong.tolist():
            expected, answered = (self.labels[self.ids(part[row : row + 1])[0]] for part in (self.truth, self.answers))
            cut = shortened(records[row]["text"], _CUT)
            listed.append({"text": cut, "expected": expected, "answered": answered, "score": float(self.scores[row])})
        return listed

    def ids(self, positive: np.ndarray) -> np.ndarray:
        """Return label ids for what is positive and what is not."""
        return np.where(positive, self.positive, 1 - self.positive)


@dataclass(frozen=True)
class BinaryAnswers:
    """The positive label's scores of a view."""

    whole: BinaryOutcome

    def outcome(self, *, threshold: float | None = None, level: Level | None = None) -> BinaryOutcome:
        """Return the answers by the model's own threshold or another. Two labels have no levels above them."""
        own = self.whole
        limit = own.threshold if threshold is None else threshold
        return BinaryOutcome(own.labels, own.positive, own.truth, own.scores, limit)


class Binary(SingleLabel):
    """See :class:`hubpress.tasks.base.Task` for what each method promises; it is trained as any single-label model."""

    tuned_by = "f1"

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        return lambda logits, labels: logits.float().softmax(dim=-1)

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        positive = list(labels).index(str(recipe.decision.positive))

        def compute(prediction: Any) -> dict[str, float]:
            scores, truth = prediction.predictions[:, positive], prediction.label_ids == positive
            outcome = BinaryOutcome(tuple(labels), positive, truth, scores, _threshold(recipe, scores, truth))
            return outcome.metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: DataFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        found = self.answered(recipe, facts, View.whole(validation), self.predictor(recipe, pipe)).whole
        return {"threshold": best_f1_threshold(found.scores, found.truth)}

    def predictor(self, recipe: Recipe, pipe: Any) -> Predictor:
        def scores(texts: list[str]) -> np.ndarray:
            return np.array([answer["score"] for answer in pipe(texts, batch_size=recipe.evaluation.batch_size)])

        return Predictor(scores, float(pipe.decision.threshold))

    def answered(self, recipe: Recipe, facts: DataFacts, view: View, predictor: Predictor) -> Any:
        scores = np.concatenate([predictor.answers(texts) for texts in view.chunks()])
        positive = facts.labels.index(str(recipe.decision.positive))
        truth = np.array(view.records["label"])[view.rows] == positive
        return BinaryAnswers(BinaryOutcome(facts.labels, positive, truth, scores, predictor.threshold))

    def details(self, recipe: Recipe, facts: DataFacts, outcome: Any, records: Dataset) -> dict[str, Any]:
        classes = ClassOutcome(facts.labels, outcome.ids(outcome.truth), outcome.ids(outcome.answers)[:, None])
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

    def fitted(self, name: str, recipe: Recipe, facts: DataFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        positive = facts.labels.index(str(recipe.decision.positive))
        truth = {split: np.array(splits[split]["label"]) == positive for split in ("train", "validation")}
        if name == "most_frequent":
            share = float(truth["train"].mean())
            return "The share of positives for every record", Predictor(lambda texts: np.full(len(texts), share), 0.5)
        predict = tfidf_scores(list(splits["train"]["text"]), truth["train"], class_weight="balanced")
        scores = np.concatenate([predict(texts) for texts in View.whole(splits["validation"]).chunks()])
        own = best_f1_threshold(scores, truth["validation"])
        title = f"TF-IDF + balanced logistic regression, threshold {own:.3f} chosen on validation"
        return title, Predictor(predict, own)

    def answer(self, pipe: Any, given: str | dict[str, Any], output: list[dict[str, Any]]) -> list[str]:
        return [pipe(given)["label"]]


def _threshold(recipe: Recipe, scores: np.ndarray, truth: np.ndarray) -> float:
    given = recipe.decision.threshold
    return float(given) if isinstance(given, float | int) else best_f1_threshold(scores, truth)


TASK = Binary()
