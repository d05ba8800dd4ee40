"""What all tasks share that give labels to a text: encoding, views, slices, widget answers, baselines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from datasets import Dataset
from transformers import AutoModelForSequenceClassification, DataCollatorWithPadding, TextClassificationPipeline

from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.counts import Predictions
from hubpress.recipe.kinds import ANSWER_COLUMNS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.inputs import InputCombination, input_combinations
from hubpress.tasks.levels import Level, levels_of

_SHOWN = 10  # labels of a widget's output


@dataclass(frozen=True)
class Predictor:
    """Something that answers texts: the published pipeline, or a baseline."""

    answers: Callable[[list[str]], Any]
    """From texts to a compact array or sparse matrix, one row a text."""
    threshold: Any = None
    """What decides on those rows: a number, one number a label, or None."""


class Answered(Protocol):
    """What a model answered to the records of one view, compact: never rows x labels."""

    def outcome(self, *, threshold: float | None = None, level: Level | None = None) -> Predictions:
        """Return the answers against the truth: the model's own, at another threshold, rolled up to a level."""


class TextTask(ABC):
    """See :class:`hubpress.tasks.protocol.Task` for what each method promises."""

    tuned_by = "f1_weighted"
    """The metric for which a threshold is chosen."""

    def model_class(self) -> Any:
        return AutoModelForSequenceClassification

    def encode(self, dataset: Dataset, tokenizer: Any, *, max_length: int, cache_file: str) -> Dataset:
        answers = next(column for column in ANSWER_COLUMNS.values() if column in dataset.column_names)

        def tokenize(batch: dict[str, list[Any]]) -> dict[str, Any]:
            return {**tokenizer(batch["text"], truncation=True, max_length=max_length), "labels": batch[answers]}

        return dataset.map(
            tokenize, batched=True, remove_columns=dataset.column_names, cache_file_name=cache_file, desc="Tokenizing"
        )

    def collator(self, tokenizer: Any, labels: Sequence[str]) -> Any:
        return DataCollatorWithPadding(tokenizer)

    def initialise(self, model: Any, dataset: Dataset) -> None:
        return None  # random weights are a fair start

    @abstractmethod
    def predictor(self, recipe: Recipe, pipe: Any) -> Predictor:
        """Return the published pipeline as something that :meth:`answered` can ask."""

    @abstractmethod
    def answered(self, recipe: Recipe, facts: SplitFacts, view: InputCombination, predictor: Predictor) -> Answered:
        """Return the answers to a view of the records."""

    @abstractmethod
    def details(self, recipe: Recipe, facts: SplitFacts, outcome: Any, records: Dataset) -> dict[str, Any]:
        """Return what stands in evaluation.json beside metrics and slices."""

    @abstractmethod
    def fitted(self, name: str, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> tuple[str, Predictor]:
        """Return a baseline's title and its predictor, fitted without the test split."""

    def validated(
        self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset
    ) -> tuple[dict[str, float], dict[str, Any]]:
        answered = self.answered(recipe, facts, InputCombination.whole(validation), self.predictor(recipe, pipe))
        metrics = answered.outcome().metrics(recipe.metrics)
        if not isinstance(recipe.decision.threshold, str):
            return metrics, {}

        def value(threshold: float | None) -> float:
            return answered.outcome(threshold=threshold).metrics([self.tuned_by])[self.tuned_by]

        chosen = {"count": len(validation), "metric": self.tuned_by, "value": value(None)}
        beside = [{"threshold": one, "value": value(one)} for one in recipe.evaluation.thresholds[:1]]
        return metrics, {**chosen, "beside": beside[0]} if beside else chosen

    def metrics(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, float]:
        view = InputCombination.whole(records)
        return self.answered(recipe, facts, view, self.predictor(recipe, pipe)).outcome().metrics(recipe.metrics)

    def measure(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, Any]:
        views, predictor = input_combinations(recipe, records), self.predictor(recipe, pipe)
        answered = {name: self.answered(recipe, facts, view, predictor) for name, view in views.items()}
        outcome, spec = answered[None].outcome(), recipe.evaluation
        return {
            "metrics": outcome.metrics(recipe.metrics),
            "intervals": bootstrap_intervals(
                recipe.metrics, outcome, samples=spec.bootstrap_samples, confidence=spec.confidence
            ),
            "slices": list(_slices(recipe, facts, answered, spec.thresholds)),
            **self.details(recipe, facts, outcome, records),
        }

    def baselines(self, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> list[dict[str, Any]]:
        views = input_combinations(recipe, splits["test"])
        results = []
        for name in recipe.baselines:
            title, predictor = self.fitted(name, recipe, facts, splits)
            answered = {inputs: self.answered(recipe, facts, view, predictor) for inputs, view in views.items()}
            metrics = answered[None].outcome().metrics(recipe.metrics)
            slices = list(_slices(recipe, facts, answered, ()))
            results.append({"name": name, "title": title, "metrics": metrics, "slices": slices})
        return results

    def widget(self, pipe: Any, examples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        stock = TextClassificationPipeline(model=pipe.model, tokenizer=pipe.tokenizer, device=pipe.device)
        shown = min(_SHOWN, pipe.model.config.num_labels)
        entries = []
        for example in examples:
            scores = stock(example["text"], top_k=shown, truncation=True)
            output = [{"label": entry["label"], "score": round(float(entry["score"]), 6)} for entry in scores]
            given = example.get("record") or example["text"]
            entries.append({"output": output, "answer": self.answer(pipe, given, output)})
        return entries

    def answer(self, pipe: Any, given: str | dict[str, Any], output: list[dict[str, Any]]) -> list[str]:
        """Return the labels that the decision answers with; the stock pipeline's is the best-scored one."""
        return [output[0]["label"]]


def _slices(
    recipe: Recipe, facts: SplitFacts, answered: Mapping[str | None, Answered], thresholds: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """Yield the figures of every combination of inputs, level of parents and further threshold, the main one aside."""
    levels: list[Level | None] = [None, *levels_of(recipe, facts)]
    for inputs, answers in answered.items():
        for level in levels:
            for threshold in (None, *thresholds):
                if inputs is None and level is None and threshold is None:
                    continue
                outcome = answers.outcome(threshold=threshold, level=level)
                # Of parents, the best of several answers is no answer.
                names = [name for name in recipe.metrics if level is None or not name.startswith("accuracy_top")]
                yield {
                    "inputs": inputs,
                    "level": level.name if level else None,
                    "threshold": threshold,
                    "count": len(outcome),
                    "metrics": outcome.metrics(names),
                }
