"""Token classification: a tag for each word of a sentence, softmax over IOB2 tags, entities where they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch.nn import functional
from transformers import AutoModelForTokenClassification, DataCollatorForTokenClassification

from hubpress.inference.windows import cut, first_pieces, word_spans
from hubpress.inference.word_tags import entity_spans, word_tags
from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.counts import rate
from hubpress.metrics.entities import EntityPredictions, entities_of
from hubpress.metrics.iob2 import OUTSIDE, repaired
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts

IGNORED = -100  # what losses and collators of transformers leave out
_SENTENCES = 1000  # are held at a time


@dataclass(frozen=True)
class TokenTask:
    """See :class:`hubpress.tasks.protocol.Task` for what each method promises."""

    def model_class(self) -> Any:
        return AutoModelForTokenClassification

    def encode(self, dataset: Dataset, tokenizer: Any, *, max_length: int, cache_file: str) -> Dataset:
        """The first piece of a word carries its tag; all others, and words that another window owns, carry -100.

        Words are found in the sentence's text, as the pipeline reads it, and not by ``is_split_into_words``: byte-level
        BPE would cut the words of a text otherwise.
        """

        def tokenize(batch: dict[str, list[Any]]) -> dict[str, Any]:
            cuts = cut(batch["tokens"], tokenizer, max_length=max_length)
            texts = [piece.text for piece in cuts]
            encoded = dict(tokenizer(texts, truncation=True, max_length=max_length, return_offsets_mapping=True))
            labels = []
            for piece, offsets in zip(cuts, encoded.pop("offset_mapping"), strict=True):
                row = [IGNORED] * len(offsets)
                tags = batch["tags"][piece.sentence][piece.window.start : piece.window.stop]
                firsts = first_pieces(offsets, word_spans(piece.words))
                for word in piece.own:
                    if (first := firsts[word]) is not None:
                        row[first] = tags[word]
                labels.append(row)
            return {**encoded, "labels": labels}

        return dataset.map(
            tokenize, batched=True, remove_columns=dataset.column_names, cache_file_name=cache_file, desc="Tokenizing"
        )

    def collator(self, tokenizer: Any, labels: Sequence[str]) -> Any:
        return DataCollatorForTokenClassification(tokenizer)

    def initialise(self, model: Any, dataset: Dataset) -> None:
        return None  # random weights are a fair start

    def loss(self, recipe: Recipe, labels: Sequence[str], dataset: Dataset) -> Callable[..., Any]:
        """Cross-entropy summed over the labelled tokens and divided by those of the whole step.

        Trainer counts the labels that are not -100 over all micro-batches and processes (transformers 5.23).
        """
        weights = _class_weights(recipe.training.class_weight, labels, dataset)
        smoothing = float(recipe.training.arguments.get("label_smoothing_factor", 0.0))

        def compute(
            outputs: Any, targets: torch.Tensor, num_items_in_batch: torch.Tensor | int | None = None
        ) -> torch.Tensor:
            logits = outputs["logits"]
            total = functional.cross_entropy(
                logits.flatten(0, 1),
                targets.flatten(),
                weight=None if weights is None else weights.to(logits.device, logits.dtype),
                ignore_index=IGNORED,
                label_smoothing=smoothing,
                reduction="sum",
            )
            labelled = (targets != IGNORED).sum().clamp(min=1)
            return total / (labelled if num_items_in_batch is None else num_items_in_batch)

        return compute

    def reducer(self, recipe: Recipe) -> Callable[[Any, Any], Any]:
        return lambda logits, labels: logits.argmax(dim=-1)

    def validation_metrics(self, recipe: Recipe, labels: Sequence[str]) -> Callable[[Any], dict[str, float]]:
        """Entities within each window's own words; a window is a sequence of its own."""

        def compute(prediction: Any) -> dict[str, float]:
            rows = list(zip(prediction.label_ids, prediction.predictions, strict=True))
            true = [row[row != IGNORED].tolist() for row, _ in rows]
            predicted = [answer[row != IGNORED].tolist() for row, answer in rows]
            return EntityPredictions(tuple(labels), true, predicted).metrics(recipe.metrics)

        return compute

    def choose(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, Any]:
        raise NotImplementedError("a token model has no threshold to choose")

    def validated(
        self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset
    ) -> tuple[dict[str, float], dict[str, Any]]:
        return self.validate(recipe, facts, pipe, validation), {}

    def validate(self, recipe: Recipe, facts: SplitFacts, pipe: Any, validation: Dataset) -> dict[str, float]:
        """Return the training table's metrics, each window a sequence of its own as there."""
        return self.outcome(recipe, facts, pipe, validation, stitched=False).metrics(recipe.metrics)

    def metrics(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, float]:
        return self.outcome(recipe, facts, pipe, records).metrics(recipe.metrics)

    def measure(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, Any]:
        outcome = self.outcome(recipe, facts, pipe, records)
        spec = recipe.evaluation
        return {
            "metrics": outcome.metrics(recipe.metrics),
            "intervals": bootstrap_intervals(
                recipe.metrics, outcome, samples=spec.bootstrap_samples, confidence=spec.confidence
            ),
            "per_class": outcome.per_class(),
            "confusion": outcome.confusion(),
            "slices": [],
            "errors": outcome.errors(records["tokens"]),
            "aggregated": self.aggregated(recipe, facts, pipe, records),
        }

    def outcome(
        self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset, *, stitched: bool = True
    ) -> EntityPredictions:
        """Return the tags that the pipeline gives each word: that of the piece which begins it, O where none does.

        Long sentences are read in the windows of training and stitched together again; with *stitched* false, every
        window is a sequence of its own and words without a piece are left out, as in the training table.
        """
        ids = {label: number for number, label in enumerate(facts.labels)}
        true: list[list[int]] = []
        predicted: list[list[int]] = []
        for batch in records.iter(batch_size=_SENTENCES):
            cuts = cut(batch["tokens"], pipe.tokenizer, max_length=recipe.tokenizer.max_length)
            sequences: list[list[tuple[int, int]]] = [[] for _ in (batch["tokens"] if stitched else cuts)]
            tags = word_tags(pipe, cuts, batch_size=recipe.evaluation.batch_size)
            for number, (piece, names) in enumerate(zip(cuts, tags, strict=True)):
                truth = batch["tags"][piece.sentence][piece.window.first : piece.window.last]
                pairs = [
                    (tag, ids[name or OUTSIDE]) for tag, name in zip(truth, names, strict=True) if stitched or name
                ]
                sequences[piece.sentence if stitched else number] += pairs
            true += [[tag for tag, _ in pairs] for pairs in sequences]
            predicted += [[answer for _, answer in pairs] for pairs in sequences]
        return EntityPredictions(facts.labels, true, predicted)

    def aggregated(self, recipe: Recipe, facts: SplitFacts, pipe: Any, records: Dataset) -> dict[str, Any]:
        """Return the figures of the spans that ``pipeline("ner", aggregation_strategy="average")`` finds in the texts.

        A span is right where its characters and its type are. Precision is lower than that of the words' entities: here
        an I- that continues nothing begins a span, and of a word that the tokenizer parts ("state-of-the-art" at its
        hyphens) the pipeline takes the parts for words, of which only the first was trained.
        """
        right = answered = true = 0
        for batch in records.iter(batch_size=_SENTENCES):
            answers = entity_spans(pipe, batch["text"], batch_size=recipe.evaluation.batch_size)
            for words, tags, found in zip(batch["tokens"], batch["tags"], answers, strict=True):
                expected = _character_spans(words, tags, facts.labels)
                spans = {(entity["start"], entity["end"], entity["entity_group"]) for entity in found}
                right, answered, true = right + len(spans & expected), answered + len(spans), true + len(expected)
        counts = [np.array(number) for number in (right, answered, true)]
        return {
            "strategy": "average",
            **{score: float(rate(score, *counts)) for score in ("precision", "recall", "f1")},
        }

    def widget(self, pipe: Any, examples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"output": [{**entity, "score": round(entity["score"], 6)} for entity in found]}
            for found in entity_spans(pipe, [example["text"] for example in examples], batch_size=1)
        ]

    def baselines(self, recipe: Recipe, facts: SplitFacts, splits: dict[str, Dataset]) -> list[dict[str, Any]]:
        """One: each word's most frequent tag in train and validation, O for others; of equals the lower id.

        An I- that continues no entity of its type becomes a B-, which is in the baseline's favour.
        """
        if "most_frequent" not in recipe.baselines:
            return []
        seen: dict[str, Counter[int]] = {}
        for name in ("train", "validation"):
            for row in splits[name]:
                for word, tag in zip(row["tokens"], row["tags"], strict=True):
                    seen.setdefault(word, Counter())[tag] += 1
        usual = {word: min(tags, key=lambda tag: (-tags[tag], tag)) for word, tags in seen.items()}
        test = splits["test"]
        predicted = [repaired([usual.get(word, 0) for word in words]) for words in test["tokens"]]
        outcome = EntityPredictions(facts.labels, list(test["tags"]), predicted)
        title = "Most frequent tag of each word"
        return [{"name": "most_frequent", "title": title, "metrics": outcome.metrics(recipe.metrics), "slices": []}]


def _character_spans(words: Sequence[str], tags: list[int], labels: tuple[str, ...]) -> set[tuple[int, int, str]]:
    places = word_spans(words)
    return {(places[first][0], places[last - 1][1], kind) for first, last, kind in entities_of(tags, labels)}


def _class_weights(rule: str | dict[str, float] | None, labels: Sequence[str], dataset: Dataset) -> torch.Tensor | None:
    """Return a weight for each tag: the recipe's, by tag or by entity type, or tokens / (tags x tokens of the tag).

    Balanced, the mean over the labelled tokens is 1 as scikit-learn's; a tag that train lacks weighs 1.
    """
    if rule is None:
        return None
    if isinstance(rule, dict):
        return torch.tensor([rule.get(label, rule.get(label[2:], 1.0)) for label in labels])
    counts = np.zeros(len(labels))
    for row in dataset["labels"]:
        counts += np.bincount([tag for tag in row if tag != IGNORED], minlength=len(labels))
    present = counts > 0
    return torch.tensor(np.where(present, counts.sum() / (present.sum() * np.maximum(counts, 1)), 1.0))


TASK = TokenTask()
