"""Single-label classification: one class a text, softmax, the best-scored class is the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from datasets import Dataset

from hubpress.inference.batching import by_length
from hubpress.inference.inputs import ModelInput
from hubpress.inference.ranking import ranking
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import READABLE_NAMES, Confusion
from hubpress.tasks.baselines import most_frequent, tfidf_svm
from hubpress.tasks.inputs import InputCombination
from hubpress.tasks.losses import class_weights, cross_entropy
from hubpress.tasks.outcomes import TOP, ClassAnswers, ClassPredictions
from hubpress.tasks.protocol import Loss
from hubpress.tasks.text_task import Predictor, TextTask


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
        ids, kept = pipe.model.config.label2id, min(self.kept, len(self.labels))
        options = {"top_k": kept, "truncation": True, "batch_size": self.recipe.evaluation.batch_size}
        asked: Any = None

        def ranked(texts: list[ModelInput]) -> np.ndarray:
            nonlocal asked
            asked = asked or ranking(pipe, texts, top_k=kept)
            answers = by_length(texts, lambda some: asked(some, **options))
            return np.array([[ids[entry["label"]] for entry in answer] for answer in answers], dtype=np.int32)

        return Predictor(ranked)

    def answers(self, inputs: InputCombination, predictor: Predictor) -> ClassAnswers:
        ranked = np.concatenate([predictor.answers(texts) for texts in inputs.chunks()])
        truth = np.array(inputs.records["label"])[inputs.rows]
        return ClassAnswers(ClassPredictions(self.labels, truth, ranked))

    def confusion(self, predictions: ClassPredictions) -> Confusion | None:
        """Return the matrix of the labels, or of the finest level of parents, that can still be read."""
        if len(self.labels) <= READABLE_NAMES:
            return predictions.confusion()
        readable = [level for level in self.levels if len(level.names) <= READABLE_NAMES]
        if not readable:
            return None
        finest = max(readable, key=lambda level: len(level.names))
        return predictions.at(finest).confusion(level=finest.name)

    def fitted(self, name: str, datasets: Mapping[str, Dataset]) -> tuple[str, Predictor]:
        fit = {"most_frequent": most_frequent, "tfidf_linear": tfidf_svm}[name]
        title, ranked = fit(datasets, classes=len(self.labels), kept=min(self.kept, len(self.labels)))
        return title, Predictor(ranked)
