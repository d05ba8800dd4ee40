"""Two labels, one of them positive and often rare: its softmax score against a threshold is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from datasets import Dataset

from hubpress.inference.inputs import ModelInput
from hubpress.metrics.calibration import Reliability, undone
from hubpress.metrics.thresholds import best_f1_threshold
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Example, LabelScore
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import Confusion, PrecisionRecall, WrongAnswer
from hubpress.schemas.scores import Calibration
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.baselines import label_scores
from hubpress.tasks.inputs import InputCombination, inputs_in
from hubpress.tasks.losses import class_weights, cross_entropy
from hubpress.tasks.outcomes import BinaryAnswers, BinaryPredictions
from hubpress.tasks.parts import calibration
from hubpress.tasks.protocol import ChosenThreshold, Loss, Validated
from hubpress.tasks.text_features import StaticFeatures
from hubpress.tasks.text_task import Predictor, ThresholdTask, temperature_of


class BinaryTask(ThresholdTask[BinaryPredictions]):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    tuned_by = "f1"

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        super().__init__(recipe, splits)
        self.positive = self.labels.index(str(recipe.decision.positive))

    def loss(self, dataset: Dataset) -> Loss:
        training = self.recipe.training
        return cross_entropy(training, class_weights(training, self.labels, dataset))

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        return lambda logits, labels: logits.float().softmax(dim=-1)

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        def compute(prediction: Any) -> Metrics:
            return self._while_training(prediction.label_ids == self.positive, prediction.predictions[:, self.positive])

        return compute

    def _while_training(self, truth: np.ndarray, scores: np.ndarray) -> Metrics:
        """Return the figures by which epochs are compared, of scores that no temperature has changed."""
        given = self.recipe.decision.threshold
        threshold = float(given) if isinstance(given, float | int) else best_f1_threshold(scores, truth)
        return self._predictions(truth, scores, threshold).metrics(self.recipe.metrics)

    def choose_threshold(self, pipe: Any, validation: Dataset) -> ChosenThreshold:
        found = self.answers(InputCombination.whole(validation), self.predictor(pipe)).whole
        return ChosenThreshold(best_f1_threshold(found.scores, found.truth))

    def predictor(self, pipe: Any) -> Predictor:
        batch_size = self.recipe.evaluation.batch_size

        def scores(texts: list[ModelInput]) -> np.ndarray:
            return np.array([answer["score"] for answer in pipe(texts, batch_size=batch_size)])

        return Predictor(scores, float(pipe.decision.threshold), temperature_of(pipe))

    def answers(self, inputs: InputCombination, predictor: Predictor) -> BinaryAnswers:
        scores = np.concatenate([predictor.answers(texts) for texts in inputs.chunks()])
        truth = np.array(inputs.records["label"])[inputs.rows] == self.positive
        return BinaryAnswers(self._predictions(truth, scores, predictor.threshold), predictor.temperature)

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        found = super().validated(pipe, validation)
        temperature = temperature_of(pipe)
        if temperature is None:
            return found
        scored = self.answers(InputCombination.whole(validation), self.predictor(pipe)).whole
        metrics = self._while_training(scored.truth, undone(scored.scores, temperature))
        return replace(found, metrics=metrics)

    def calibration(self, answers: BinaryAnswers) -> Calibration:
        """The positive label's score is held against its truth, since it is what is compared with the threshold."""
        scores, truth, temperature = answers.whole.scores, answers.whole.truth, answers.temperature
        before = None if temperature is None else Reliability.of(undone(scores, temperature), truth)
        return calibration(self.recipe, "positive", Reliability.of(scores, truth), before)

    def confusion(self, predictions: BinaryPredictions) -> Confusion:
        return predictions.confusion()

    def curve(self, predictions: BinaryPredictions) -> PrecisionRecall:
        return predictions.curve()

    def errors(self, predictions: BinaryPredictions, records: Dataset) -> tuple[WrongAnswer, ...]:
        return predictions.errors(records)

    def fitted(
        self, name: str, datasets: Mapping[str, Dataset], features: StaticFeatures | None
    ) -> tuple[str, Predictor]:
        truth = {split: np.array(datasets[split]["label"]) == self.positive for split in ("train", "validation")}
        if name == "most_frequent":
            share = float(truth["train"].mean())
            return "The share of positives for every record", Predictor(lambda texts: np.full(len(texts), share), 0.5)
        columns, predict = label_scores(
            inputs_in(datasets["train"]), truth["train"], features=features, class_weight="balanced"
        )
        validation = InputCombination.whole(datasets["validation"])
        scores = np.concatenate([predict(texts) for texts in validation.chunks()])
        own = best_f1_threshold(scores, truth["validation"])
        title = f"{columns} + balanced logistic regression, threshold {own:.3f} chosen on validation"
        return title, Predictor(predict, own)

    def decided(self, pipe: Any, example: Example, output: Sequence[LabelScore]) -> tuple[str, ...]:
        return (pipe(example.record or example.given)["label"],)

    def _predictions(self, truth: np.ndarray, scores: np.ndarray, threshold: float) -> BinaryPredictions:
        return BinaryPredictions(self.labels, self.positive, truth, scores, threshold)
