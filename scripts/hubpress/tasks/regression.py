"""Regression: one or several numbers a text, as the head gives them; nothing is applied to them or decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset

from hubpress.inference.batching import by_length
from hubpress.inference.classifier import ClassifierPipeline
from hubpress.inference.inputs import ModelInput
from hubpress.metrics.counts import Predictions
from hubpress.metrics.numbers import NumberPredictions, written
from hubpress.recipe.kinds import STATIC
from hubpress.schemas.answers import Answer, Example, LabelScore
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import Baseline, Measurement, NumberScore, Slice
from hubpress.schemas.outcomes import Outcomes
from hubpress.tasks.baselines import mean_of_train, ridge
from hubpress.tasks.inputs import InputCombination, input_combinations
from hubpress.tasks.losses import squared_error
from hubpress.tasks.parts import difference, intervals, static_facts
from hubpress.tasks.protocol import Loss, Measured, Validated
from hubpress.tasks.text_features import StaticFeatures
from hubpress.tasks.text_task import Predictor, ReadingTask


class RegressionTask(ReadingTask):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    def initialise(self, model: Any, dataset: Dataset) -> None:
        """Let the head answer the mean of the training records, give or take their standard deviation.

        From numbers about 0, a model of years would spend its first epochs on learning that they are about 1990.
        """
        numbers = len(self.labels)
        head = [part for part in model.modules() if isinstance(part, torch.nn.Linear) and part.out_features == numbers]
        if not head or head[-1].bias is None:
            return
        mean, deviation = _spread(dataset)
        with torch.no_grad():
            head[-1].bias.copy_(mean)
            head[-1].weight.mul_(deviation[:, None])

    def loss(self, dataset: Dataset) -> Loss:
        return squared_error(_spread(dataset)[1])

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        return lambda logits, labels: logits.float()

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        def compute(prediction: Any) -> Metrics:
            truth = np.asarray(prediction.label_ids, dtype=np.float64)
            return self._predictions(truth, prediction.predictions).metrics(self.recipe.metrics)

        return compute

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        return Validated(self.predictions(pipe, validation).metrics(self.recipe.metrics))

    def predictions(self, pipe: Any, records: Dataset) -> NumberPredictions:
        return self._answered(InputCombination.whole(records), self._asking(pipe))

    def measure(self, pipe: Any, records: Dataset) -> Measured:
        predictor = self._asking(pipe)
        answers = {
            name: self._answered(inputs, predictor) for name, inputs in input_combinations(self.recipe, records).items()
        }
        predictions = answers[None]
        figures = Measurement(
            metrics=predictions.metrics(self.recipe.metrics),
            intervals=intervals(self.recipe, predictions),
            per_class=(),
            slices=tuple(self._slices(answers)),
            targets=tuple(self._scores(predictions)),
        )
        outcomes = Outcomes(expected=written(predictions.truth), answered=written(predictions.answers))
        return Measured(figures, outcomes, predictions)

    def baselines(self, datasets: Mapping[str, Dataset], tokenizer: Any, *, ours: Predictions) -> tuple[Baseline, ...]:
        combinations = input_combinations(self.recipe, datasets["test"])
        measured = []
        for name in self.recipe.baselines:
            embeddings = self.embeddings() if name == STATIC else None
            features = StaticFeatures(embeddings) if embeddings else None
            title, predict = mean_of_train(datasets) if name == "mean" else ridge(datasets, features=features)
            answers = {key: self._answered(inputs, Predictor(predict)) for key, inputs in combinations.items()}
            theirs = answers[None]
            measured.append(
                Baseline(
                    name=name,
                    title=title,
                    metrics=theirs.metrics(self.recipe.metrics),
                    slices=tuple(self._slices(answers)),
                    difference=difference(self.recipe, ours, theirs),
                    static=static_facts(self.recipe, embeddings) if embeddings else None,
                )
            )
        return tuple(measured)

    def widget(self, pipe: Any, examples: Sequence[Example]) -> tuple[Answer, ...]:
        stock = ClassifierPipeline(model=pipe.model, tokenizer=pipe.tokenizer, device=pipe.device)
        answers = []
        for example in examples:
            found = stock(example.given, top_k=None, function_to_apply="none", truncation=True)
            value = {entry["label"]: round(float(entry["score"]), 6) for entry in found}
            output = tuple(LabelScore(label=label, score=value[label]) for label in self.labels)
            answers.append(Answer(output=output))
        return tuple(answers)

    def expected(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the true numbers as text: "satisfaction 3.5"."""
        return tuple(f"{name} {value:g}" for name, value in zip(self.labels, record["targets"], strict=True))

    def _asking(self, pipe: Any) -> Predictor:
        """Return the published pipeline as what gives the numbers of inputs (inputs, numbers)."""
        options = {"top_k": None, "function_to_apply": "none", "truncation": True}
        batch_size = self.recipe.evaluation.batch_size

        def numbers(inputs: list[ModelInput]) -> np.ndarray:
            answers = by_length(inputs, lambda some: pipe(some, batch_size=batch_size, **options))
            found = [{entry["label"]: entry["score"] for entry in answer} for answer in answers]
            return np.array([[one[label] for label in self.labels] for one in found])

        return Predictor(numbers)

    def _answered(self, inputs: InputCombination, predictor: Predictor) -> NumberPredictions:
        answers = np.concatenate([predictor.answers(some) for some in inputs.chunks()])
        return self._predictions(np.array(inputs.records["targets"])[inputs.rows], answers)

    def _predictions(self, truth: np.ndarray, answers: np.ndarray) -> NumberPredictions:
        return NumberPredictions(self.labels, truth, np.asarray(answers, dtype=np.float64))

    def _slices(self, answers: Mapping[str | None, NumberPredictions]) -> Iterator[Slice]:
        for inputs, answered in answers.items():
            if inputs is not None:
                metrics = answered.metrics(self.recipe.metrics)
                yield Slice(inputs=inputs, level=None, threshold=None, count=len(answered), metrics=metrics)

    def _scores(self, predictions: NumberPredictions) -> Iterator[NumberScore]:
        """Yield the figures of each number."""
        names = self.recipe.metrics
        for place, label in enumerate(self.labels):
            one, limits = predictions.of_one(place), self.recipe.targets[label]
            yield NumberScore(
                label=label,
                low=limits[0] if limits else None,
                high=limits[1] if limits else None,
                metrics=one.metrics(names),
                intervals=intervals(self.recipe, one, names),
            )


def _spread(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of each number of the encoded train split, the latter 1 where it is 0."""
    values = np.array(dataset["labels"], dtype=np.float64)
    deviation = values.std(axis=0)
    return torch.tensor(values.mean(axis=0)), torch.tensor(np.where(deviation > 0, deviation, 1.0))
