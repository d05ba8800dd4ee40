"""What all tasks share that give labels to a text: encoding, slices, widget answers, baselines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from datasets import Dataset
from scipy import sparse
from transformers import AutoModelForSequenceClassification, DataCollatorWithPadding

from hubpress.inference.classifier import ClassifierPipeline, columns_read
from hubpress.inference.inputs import ModelInput, inputs_of, texts_of
from hubpress.inference.static_embeddings import StaticEmbeddings, load_static
from hubpress.metrics.counts import Counts, Predictions
from hubpress.metrics.ordinal import KAPPA
from hubpress.recipe.kinds import STATIC
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Answer, Example, LabelScore
from hubpress.schemas.evaluation import (
    Baseline,
    Confusion,
    Measurement,
    PrecisionRecall,
    Slice,
    ThresholdValue,
    WrongAnswer,
)
from hubpress.schemas.scores import Abstention, Calibration, LabelThresholdGain
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.inputs import InputCombination, input_combinations
from hubpress.tasks.levels import Level, levels_of
from hubpress.tasks.outcomes import TOP
from hubpress.tasks.parts import class_scores, difference, intervals, static_facts
from hubpress.tasks.protocol import ChosenThreshold, Measured, TunedThreshold, Validated
from hubpress.tasks.recorded import outcomes_of
from hubpress.tasks.text_features import StaticFeatures

_SHOWN = 10  # labels of a widget's output


class LabelPredictions(Predictions, Protocol):
    """Answers whose classes are the labels."""

    @property
    def counts(self) -> Counts:
        """The counts of each record and label."""


_P = TypeVar("_P", bound=LabelPredictions)
_P_co = TypeVar("_P_co", bound=LabelPredictions, covariant=True)


class Answers(Protocol[_P_co]):
    """What a model answered to the records of one combination of inputs, compact: never rows x labels."""

    def predictions(self, *, threshold: float | None = None, level: Level | None = None) -> _P_co:
        """Return the answers against the truth: the model's own, at another threshold, rolled up to a level."""


@dataclass(frozen=True)
class Predictor:
    """Something that answers texts: the published pipeline, or a baseline."""

    answers: Callable[[list[ModelInput]], Any]
    """From texts, or pairs of them, to a compact array or sparse matrix, one row a text."""
    threshold: Any = None
    """What decides on those rows: a number, one number a label, or None."""
    temperature: float | None = None
    """By which the model's logits are divided, of one that is calibrated."""


def temperature_of(pipe: Any) -> float | None:
    """Return what the logits of a pipeline's model are divided by; None where it is not calibrated."""
    decision = getattr(pipe.model.config, "decision", None) or {}
    return decision.get("temperature")


class ReadingTask:
    """What all tasks share that read texts or pairs, whatever they answer."""

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        self.recipe = recipe
        self.labels = splits.labels

    def model_class(self) -> Any:
        return AutoModelForSequenceClassification

    def encode(self, dataset: Dataset, tokenizer: Any, *, cache_file: str) -> Dataset:
        answers, max_length = self.recipe.kind.answer_column, self.recipe.tokenizer.max_length

        def tokenize(batch: dict[str, list[Any]]) -> dict[str, Any]:
            # Of a pair the longer text is cut first, so that something of both is left.
            texts = columns_read(tokenizer, texts_of(inputs_of(batch)), max_length=max_length)
            return {**tokenizer(*texts, truncation=True, max_length=max_length), "labels": batch[answers]}

        return dataset.map(
            tokenize, batched=True, remove_columns=dataset.column_names, cache_file_name=cache_file, desc="Tokenizing"
        )

    def collator(self, tokenizer: Any) -> Any:
        return DataCollatorWithPadding(tokenizer)

    def initialise(self, model: Any, dataset: Dataset) -> None:
        return None  # random weights are a fair start

    def embeddings(self) -> StaticEmbeddings:
        """Return the recipe's static model, which is named by its folder."""
        spec = self.recipe.evaluation.static_model
        assert spec and spec.path  # whoever measures has found it
        return load_static(spec.path, where=StaticFeatures.setting)


class TextTask(ReadingTask, ABC, Generic[_P]):
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        super().__init__(recipe, splits)
        self.levels = levels_of(recipe, splits)

    @abstractmethod
    def predictor(self, pipe: Any) -> Predictor:
        """Return the published pipeline as something that :meth:`answers` can ask."""

    @abstractmethod
    def answers(self, inputs: InputCombination, predictor: Predictor) -> Answers[_P]:
        """Return what a predictor answers to a combination of inputs."""

    def truth(self, inputs: InputCombination) -> sparse.csr_matrix:
        column = self.recipe.kind.answer_column
        chosen = inputs.records.select_columns(column)[inputs.rows][column]
        true = [[ids] if isinstance(ids, int) else ids for ids in chosen]
        rows = np.repeat(np.arange(len(true)), [len(ids) for ids in true])
        columns = [number for ids in true for number in ids]
        ones = np.ones(len(columns), dtype=bool)
        return sparse.csr_matrix((ones, (rows, columns)), (len(true), len(self.labels)))

    def measured(self, pipe: Any, inputs: InputCombination) -> Answers[_P]:
        """Return what the published pipeline answers to all records, with how sure it is."""
        return self.answers(inputs, self.predictor(pipe))

    @abstractmethod
    def fitted(
        self, name: str, datasets: Mapping[str, Dataset], features: StaticFeatures | None
    ) -> tuple[str, Predictor]:
        """Return a baseline's title and its predictor, fitted without the test split; *features* are those of the one
        with static embeddings."""

    def confusion(self, predictions: _P) -> Confusion | None:
        """Return the confusion matrix of a single answer a record."""
        return None

    def curve(self, predictions: _P) -> PrecisionRecall | None:
        """Return the precision-recall curve of a positive label."""
        return None

    def calibration(self, answers: Any) -> Calibration | None:
        """Return how far the scores of a model's answers can be taken for probabilities."""
        return None

    def abstention(self, pipe: Any, answers: Any) -> Abstention | None:
        """Return what a model that may leave a record unanswered is worth."""
        return None

    def label_thresholds(self, pipe: Any, answers: Any) -> dict[str, LabelThresholdGain] | None:
        """Return what thresholds that are each label's own gain over the common one."""
        return None

    def errors(self, predictions: _P, records: Dataset) -> tuple[WrongAnswer, ...] | None:
        """Return the records that a model of two labels answers wrong."""
        return None

    def tuned(self, answers: Answers[_P], count: int) -> TunedThreshold | None:
        """Return how good a tuned threshold is on *count* records, where there is one."""
        return None

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        answers = self.answers(InputCombination.whole(validation), self.predictor(pipe))
        metrics = answers.predictions().metrics(self.recipe.metrics)
        return Validated(metrics, self.tuned(answers, len(validation)))

    def predictions(self, pipe: Any, records: Dataset) -> _P:
        return self.answers(InputCombination.whole(records), self.predictor(pipe)).predictions()

    def measure(self, pipe: Any, records: Dataset) -> Measured:
        predictor = self.predictor(pipe)
        answers = {
            name: self.answers(inputs, predictor) if name else self.measured(pipe, inputs)
            for name, inputs in input_combinations(self.recipe, records).items()
        }
        predictions = answers[None].predictions()
        figures = Measurement(
            metrics=predictions.metrics(self.recipe.metrics),
            intervals=intervals(self.recipe, predictions),
            per_class=class_scores(predictions.counts, self.labels),
            slices=tuple(self._slices(answers, self.recipe.evaluation.thresholds)),
            confusion=self.confusion(predictions),
            curve=self.curve(predictions),
            errors=self.errors(predictions, records) if self.recipe.card.print_test_texts else None,
            calibration=self.calibration(answers[None]),
            abstention=self.abstention(pipe, answers[None]),
            label_thresholds=self.label_thresholds(pipe, answers[None]),
        )
        return Measured(figures, outcomes_of(predictions), predictions)

    def baselines(self, datasets: Mapping[str, Dataset], tokenizer: Any, *, ours: Predictions) -> tuple[Baseline, ...]:
        combinations = input_combinations(self.recipe, datasets["test"])
        measured = []
        for name in self.recipe.baselines:
            embeddings = self.embeddings() if name == STATIC else None
            title, predictor = self.fitted(name, datasets, StaticFeatures(embeddings) if embeddings else None)
            answers = {key: self.answers(inputs, predictor) for key, inputs in combinations.items()}
            theirs = answers[None].predictions()
            measured.append(
                Baseline(
                    name=name,
                    title=title,
                    metrics=theirs.metrics(self.recipe.metrics),
                    slices=tuple(self._slices(answers, ())),
                    difference=difference(self.recipe, ours, theirs),
                    static=static_facts(self.recipe, embeddings) if embeddings else None,
                )
            )
        return tuple(measured)

    def widget(self, pipe: Any, examples: Sequence[Example]) -> tuple[Answer, ...]:
        stock = ClassifierPipeline(model=pipe.model, tokenizer=pipe.tokenizer, device=pipe.device)
        shown = min(_SHOWN, pipe.model.config.num_labels)
        answers = []
        for example in examples:
            scores = stock(example.given, top_k=shown, truncation=True)
            output = tuple(LabelScore(label=entry["label"], score=round(float(entry["score"]), 6)) for entry in scores)
            answers.append(Answer(output=output, answer=self.decided(pipe, example, output)))
        return tuple(answers)

    def decided(self, pipe: Any, example: Example, output: Sequence[LabelScore]) -> tuple[str, ...]:
        """Return the labels that the decision answers with; the stock pipeline's is the best-scored one."""
        return (output[0].label,)

    def expected(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        answer = record[self.recipe.kind.answer_column]
        return tuple(self.labels[number] for number in ([answer] if isinstance(answer, int) else answer))

    def _slices(self, answers: Mapping[str | None, Answers[_P]], thresholds: Sequence[float]) -> Iterator[Slice]:
        """Yield the figures of every combination of inputs, level of parents and further threshold, the main one
        aside."""
        levels: list[Level | None] = [None, *self.levels]
        for inputs, answered in answers.items():
            for level in levels:
                for threshold in (None, *thresholds):
                    if inputs is None and level is None and threshold is None:
                        continue
                    predictions = answered.predictions(threshold=threshold, level=level)
                    # Of parents, the best of several answers is no answer, and they have no order.
                    names = [name for name in self.recipe.metrics if level is None or not name.startswith((TOP, KAPPA))]
                    yield Slice(
                        inputs=inputs,
                        level=level.name if level else None,
                        threshold=threshold,
                        count=len(predictions),
                        metrics=predictions.metrics(names),
                    )


class ThresholdTask(TextTask[_P]):
    """A text task whose threshold may be chosen on validation; see :class:`hubpress.tasks.protocol.Thresholded`."""

    tuned_by: ClassVar[str]
    """The metric for which a threshold is chosen."""

    @abstractmethod
    def choose_threshold(self, pipe: Any, validation: Dataset) -> ChosenThreshold: ...

    def tuned(self, answers: Answers[_P], count: int) -> TunedThreshold | None:
        if not isinstance(self.recipe.decision.threshold, str):
            return None

        def value(threshold: float | None) -> float:
            return answers.predictions(threshold=threshold).metrics([self.tuned_by])[self.tuned_by]

        further = [ThresholdValue(threshold=one, value=value(one)) for one in self.recipe.evaluation.thresholds[:1]]
        return TunedThreshold(count, self.tuned_by, value(None), further[0] if further else None)
