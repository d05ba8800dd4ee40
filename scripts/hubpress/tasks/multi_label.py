"""Multi-label classification: any number of labels a text, a sigmoid each, those over the threshold are the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from scipy import sparse
from transformers import DataCollatorWithPadding

from hubpress.inference.inputs import ModelInput
from hubpress.metrics.calibration import Reliability, undone
from hubpress.metrics.thresholds import best_common_threshold, best_label_thresholds
from hubpress.schemas.answers import Example, LabelScore
from hubpress.schemas.document import Metrics
from hubpress.schemas.scores import Calibration, LabelThresholdGain
from hubpress.tasks.baselines import label_scores
from hubpress.tasks.inputs import InputCombination, inputs_in
from hubpress.tasks.losses import binary_cross_entropy, positive_weights, positives_of, share_logits
from hubpress.tasks.outcomes import LabelSetAnswers, LabelSetPredictions
from hubpress.tasks.parts import calibration, gains
from hubpress.tasks.protocol import ChosenThreshold, Loss, Validated
from hubpress.tasks.text_features import StaticFeatures
from hubpress.tasks.text_task import Predictor, ThresholdTask, temperature_of

# The threshold that a tuned one is never worse than, where the recipe names no further one: the ASJC reference's.
REFERENCE_THRESHOLD = 0.3
_CELLS = 500_000  # dictionaries of a label's score at once: 120 MB
_GAINED = ("f1_micro", "f1_macro", "f1_weighted")


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


class MultiLabelTask(ThresholdTask[LabelSetPredictions]):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    tuned_by = "f1_weighted"

    def collator(self, tokenizer: Any) -> Any:
        return MultiHotCollator(tokenizer, len(self.labels))

    def initialise(self, model: Any, dataset: Dataset) -> None:
        """Let every label start at its share of the records (Lin et al. 2017, section 4.1: the prior of a rare class).

        From one half, a model of hundreds of labels spends its first epoch on learning that most of them do not apply.
        """
        labels = len(self.labels)
        logits = share_logits(positives_of(dataset, labels), len(dataset))
        head = [part for part in model.modules() if isinstance(part, torch.nn.Linear) and part.out_features == labels]
        if head and head[-1].bias is not None:
            with torch.no_grad():
                head[-1].bias.copy_(torch.tensor(logits))

    def loss(self, dataset: Dataset) -> Loss:
        return binary_cross_entropy(positive_weights(self.recipe.training, self.labels, dataset))

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        return lambda logits, labels: logits.float().sigmoid()

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        def compute(prediction: Any) -> Metrics:
            scores, truth = prediction.predictions, prediction.label_ids > 0
            return self._while_training(scores, truth)

        return compute

    def _while_training(self, scores: np.ndarray, truth: np.ndarray) -> Metrics:
        """Return the figures by which epochs are compared, of scores that no temperature has changed."""
        answers = sparse.csr_matrix(scores >= self._limits(scores, truth))
        return LabelSetPredictions(self.labels, sparse.csr_matrix(truth), answers).metrics(self.recipe.metrics)

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        found, temperature = super().validated(pipe, validation), temperature_of(pipe)
        if temperature is None:
            return found
        inputs = InputCombination.whole(validation)
        scores = undone(_scores(inputs, self._every_score(pipe)).toarray(), temperature)
        return replace(found, metrics=self._while_training(scores, self.truth(inputs).toarray()))

    def choose_threshold(self, pipe: Any, validation: Dataset) -> ChosenThreshold:
        inputs = InputCombination.whole(validation)
        scores = _scores(inputs, self._every_score(pipe)).toarray()
        common, each = self._tuned(scores, self.truth(inputs).toarray())
        return ChosenThreshold(common, None if each is None else tuple(np.round(each, 6).tolist()))

    def predictor(self, pipe: Any) -> Predictor:
        own, top_k = pipe.decision.threshold, pipe.decision.top_k
        if own is None:
            return self._asking(pipe)
        lowest = np.minimum(own, min(self.recipe.evaluation.thresholds, default=1.0)).tolist()
        return self._asking(pipe, threshold=lowest, **({} if top_k is None else {"top_k": top_k}))

    def answers(self, inputs: InputCombination, predictor: Predictor) -> LabelSetAnswers:
        return LabelSetAnswers(self.labels, self.truth(inputs), _scores(inputs, predictor), predictor.threshold)

    def measured(self, pipe: Any, inputs: InputCombination) -> LabelSetAnswers:
        """All scores are asked for, held against the truth, and forgotten but for those that may be answers."""
        temperature, truth = temperature_of(pipe), self.truth(inputs)
        own = 0.0 if pipe.decision.threshold is None else pipe.decision.threshold
        common = getattr(pipe.model.config, "threshold", None) or 1.0
        lowest = np.minimum(own, min([common, *self.recipe.evaluation.thresholds]))
        asked = self._every_score(pipe).answers
        parts: list[Reliability] = []
        before: list[Reliability] = []
        kept: list[sparse.csr_matrix] = []
        for texts in inputs.chunks():
            scores = asked(texts).toarray()
            start = sum(part.shape[0] for part in kept)
            true = truth[start : start + len(texts)].toarray()
            parts.append(Reliability.of(scores, true))
            if temperature is not None:
                before.append(Reliability.of(undone(scores, temperature), true))
            kept.append(_possible(scores, lowest, pipe.decision.top_k))
        uncalibrated = Reliability.stacked(before) if before else None
        scores = sparse.vstack(kept, format="csr")
        return LabelSetAnswers(self.labels, truth, scores, own, Reliability.stacked(parts), uncalibrated)

    def calibration(self, answers: LabelSetAnswers) -> Calibration | None:
        """Every label's score is held against whether it is one of the true ones."""
        if answers.reliability is None:
            return None
        return calibration(self.recipe, "every_label", answers.reliability, answers.uncalibrated)

    def label_thresholds(self, pipe: Any, answers: LabelSetAnswers) -> dict[str, LabelThresholdGain] | None:
        if np.ndim(answers.own) == 0:
            return None
        common = answers.predictions(threshold=pipe.model.config.threshold)
        return gains(self.recipe, _GAINED, answers.predictions(), common)

    def fitted(
        self, name: str, datasets: Mapping[str, Dataset], features: StaticFeatures | None
    ) -> tuple[str, Predictor]:
        targets = self.truth(InputCombination.whole(datasets["train"]))
        if name == "most_frequent":
            first = int(np.asarray(targets.sum(axis=0)).argmax())
            row = sparse.csr_matrix(([1.0], ([0], [first])), shape=(1, len(self.labels)))
            return "Most frequent label", Predictor(lambda texts: sparse.vstack([row] * len(texts)), 0.5)
        columns, scored = label_scores(inputs_in(datasets["train"]), targets, features=features)
        predictor = Predictor(lambda texts: sparse.csr_matrix(scored(texts)))
        validation = InputCombination.whole(datasets["validation"])
        scores, truth = _scores(validation, predictor).toarray(), self.truth(validation).toarray()
        own = best_common_threshold(scores, truth, beside=self._further)
        title = f"{columns} + one-vs-rest logistic regression, threshold {own:g} chosen on validation"
        return title, Predictor(predictor.answers, own)

    def decided(self, pipe: Any, example: Example, output: Sequence[LabelScore]) -> tuple[str, ...]:
        return tuple(entry["label"] for entry in pipe(example.record or example.given))

    def _every_score(self, pipe: Any) -> Predictor:
        at_once = max(self.recipe.evaluation.batch_size, _CELLS // len(self.labels))
        return self._asking(pipe, at_once=at_once, threshold=0.0)

    def _asking(self, pipe: Any, *, at_once: int | None = None, **options: Any) -> Predictor:
        """Return the pipeline as a predictor of the scores (texts, labels) that it answers with; 0 where it has
        none."""
        ids, own = pipe.model.config.label2id, pipe.decision.threshold
        batch_size = self.recipe.evaluation.batch_size

        def scores(texts: list[ModelInput]) -> sparse.csr_matrix:
            step = at_once or max(1, len(texts))
            some = [part(texts[start : start + step]) for start in range(0, len(texts), step)]
            return sparse.vstack(some, format="csr")

        def part(texts: list[ModelInput]) -> sparse.csr_matrix:
            answers = pipe(texts, batch_size=batch_size, **options)
            rows = np.repeat(np.arange(len(texts)), [len(answer) for answer in answers])
            columns = [ids[entry["label"]] for answer in answers for entry in answer]
            values = [entry["score"] for answer in answers for entry in answer]
            return sparse.csr_matrix((values, (rows, columns)), shape=(len(texts), len(ids)))

        return Predictor(scores, 0.0 if own is None else own)

    @property
    def _further(self) -> float:
        """The threshold that a tuned one is compared with."""
        return next(iter(self.recipe.evaluation.thresholds), REFERENCE_THRESHOLD)

    def _tuned(self, scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray | None]:
        """Return the best common threshold, and one for each label where the recipe says so."""
        common = best_common_threshold(scores, truth, beside=self._further)
        if self.recipe.decision.threshold == "tune":
            return common, None
        return common, best_label_thresholds(scores, truth, common=common)

    def _limits(self, scores: np.ndarray, truth: np.ndarray) -> np.ndarray | float:
        """Return what scores (records, labels) have to reach by the recipe's decision, tuned on them if it says so."""
        decision = self.recipe.decision
        if isinstance(decision.threshold, str):
            common, each = self._tuned(scores, truth)
            return common if each is None else each
        floor = float(decision.threshold or 0.0)
        if decision.top_k is None:
            return floor
        kth: np.ndarray = np.partition(scores, -decision.top_k, axis=1)[:, -decision.top_k, None]
        limits: np.ndarray = np.maximum(kth, floor)
        return limits


def _possible(scores: np.ndarray, lowest: np.ndarray, top_k: int | None) -> sparse.csr_matrix:
    """Return the scores (texts, labels) that reach the lowest threshold in question, of the best *top_k* labels."""
    possible = scores >= lowest
    if top_k is not None and top_k < scores.shape[1]:
        among = np.zeros(scores.shape, dtype=bool)
        np.put_along_axis(among, np.argsort(-scores, axis=1, kind="stable")[:, :top_k], True, axis=1)
        possible &= among
    rows, columns = np.nonzero(possible)
    return sparse.csr_matrix((scores[rows, columns], (rows, columns)), shape=scores.shape)


def _scores(inputs: InputCombination, predictor: Predictor) -> sparse.csr_matrix:
    return sparse.vstack([predictor.answers(texts) for texts in inputs.chunks()], format="csr")
