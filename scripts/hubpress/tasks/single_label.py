"""Single-label classification: one class a text, softmax, the best-scored class is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from datasets import Dataset

from hubpress.inference.batching import by_length
from hubpress.inference.inputs import ModelInput
from hubpress.inference.ranking import ranking
from hubpress.metrics.calibration import Reliability
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import READABLE_NAMES, Confusion
from hubpress.schemas.scores import Calibration
from hubpress.tasks.baselines import best_classes, most_frequent
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.losses import class_weights, cross_entropy
from hubpress.tasks.outcomes import TOP, ClassAnswers, ClassPredictions
from hubpress.tasks.parts import calibration
from hubpress.tasks.protocol import Loss
from hubpress.tasks.text_features import StaticFeatures
from hubpress.tasks.text_task import Predictor, TextTask, temperature_of

_CELLS = 500_000  # dictionaries of a label's score at once: 120 MB


class Ranked(NamedTuple):
    """What is answered to some texts."""

    ids: np.ndarray
    """Of the best labels (texts, k), best first."""
    best: np.ndarray | None = None
    """The score of the first (texts,); a baseline has none."""
    uncalibrated: np.ndarray | None = None
    """The same without the model's temperature."""


class SingleLabelTask(TextTask[ClassPredictions]):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    @property
    def kept(self) -> int:
        """How many of the best classes the metrics look at."""
        return max([1, *(int(name.removeprefix(TOP)) for name in self.recipe.metrics if name.startswith(TOP))])

    def loss(self, dataset: Dataset) -> Loss:
        training = self.recipe.training
        return cross_entropy(training, class_weights(training, self.labels, dataset))

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        kept = self.kept

        def reduce(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return logits.topk(min(kept, logits.shape[-1]), dim=-1).indices

        return reduce

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        def compute(prediction: Any) -> Metrics:
            predictions = ClassPredictions(self.labels, prediction.label_ids, prediction.predictions)
            return predictions.metrics(self.recipe.metrics)

        return compute

    def predictor(self, pipe: Any) -> Predictor:
        kept, temperature = min(self.kept, len(self.labels)), temperature_of(pipe)
        # Without its temperature a score is another share of all scores: then all of them are asked for.
        top_k = kept if temperature is None else len(self.labels)
        at_once = max(self.recipe.evaluation.batch_size, _CELLS // top_k)
        ids = pipe.model.config.label2id
        asked: Any = None

        def read(texts: list[ModelInput]) -> list[tuple[list[int], float, float]]:
            rows = []
            for start in range(0, len(texts), at_once):
                for answer in asked(texts[start : start + at_once], top_k=top_k):
                    scores = np.array([entry["score"] for entry in answer], dtype=np.float64)
                    powers = scores ** (temperature or 1)
                    numbers = [ids[entry["label"]] for entry in answer[:kept]]
                    rows.append((numbers, float(scores[0]), float(powers[0] / powers.sum())))
            return rows

        def ranked(texts: list[ModelInput]) -> Ranked:
            nonlocal asked
            asked = asked or self.asking(pipe, texts, top_k=kept)
            numbers, best, before = zip(*by_length(texts, read), strict=True)
            return Ranked(np.array(numbers, dtype=np.int32), np.array(best), np.array(before))

        return Predictor(ranked, temperature=temperature)

    def asking(self, pipe: Any, texts: list[ModelInput], *, top_k: int) -> Callable[..., Any]:
        """Return what gives texts their best labels with ``top_k``: the pipeline, or a quick stand-in of it."""
        return partial(ranking(pipe, texts, top_k=top_k), truncation=True, batch_size=self.recipe.evaluation.batch_size)

    def answers(self, inputs: InputCombination, predictor: Predictor) -> ClassAnswers:
        parts = [predictor.answers(texts) for texts in inputs.chunks()]
        truth = np.array(inputs.records["label"])[inputs.rows]
        whole = ClassPredictions(self.labels, truth, np.concatenate([part.ids for part in parts]))
        if any(part.best is None for part in parts):
            return ClassAnswers(whole)
        best, before = (np.concatenate([part[column] for part in parts]) for column in (1, 2))
        return ClassAnswers(whole, best, None if predictor.temperature is None else before)

    def calibration(self, answers: ClassAnswers) -> Calibration | None:
        """The best label's score is held against whether it is the right one."""
        if answers.best is None:
            return None
        right, before = answers.is_right, answers.uncalibrated
        uncalibrated = None if before is None else Reliability.of(before, right)
        return calibration(self.recipe, "top_label", Reliability.of(answers.best, right), uncalibrated)

    def confusion(self, predictions: ClassPredictions) -> Confusion | None:
        """Return the matrix of the labels, or of the finest level of parents, that can still be read."""
        if len(self.labels) <= READABLE_NAMES:
            return predictions.confusion()
        readable = [level for level in self.levels if len(level.names) <= READABLE_NAMES]
        if not readable:
            return None
        finest = max(readable, key=lambda level: len(level.names))
        return predictions.at(finest).confusion(level=finest.name)

    def fitted(
        self, name: str, datasets: Mapping[str, Dataset], features: StaticFeatures | None
    ) -> tuple[str, Predictor]:
        fit = most_frequent if name == "most_frequent" else partial(best_classes, features=features)
        title, ranked = fit(datasets, classes=len(self.labels), kept=min(self.kept, len(self.labels)))
        return title, Predictor(lambda texts: Ranked(ranked(texts)))
