"""Token classification: a tag for each word of a sentence, softmax over IOB2 tags, entities where they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import AutoModelForTokenClassification, DataCollatorForTokenClassification

from hubpress.inference.windows import Cut, cut, first_pieces, word_spans
from hubpress.inference.word_tags import entity_spans, word_tags
from hubpress.metrics.counts import rate
from hubpress.metrics.entities import EntityPredictions, entities_of
from hubpress.metrics.iob2 import OUTSIDE, repaired
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import (
    Answer,
    Baseline,
    Confusion,
    EntitySpan,
    Example,
    Measurement,
    SpanScores,
    WrongSentence,
)
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.losses import IGNORED, tag_weights, token_cross_entropy
from hubpress.tasks.parts import class_scores, intervals
from hubpress.tasks.protocol import Loss, Validated

_SENTENCES = 1000  # are held at a time


class TokenTask:
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        self.recipe = recipe
        self.labels = splits.labels
        self._max_length = recipe.tokenizer.max_length

    def model_class(self) -> Any:
        return AutoModelForTokenClassification

    def encode(self, dataset: Dataset, tokenizer: Any, *, cache_file: str) -> Dataset:
        """The first piece of a word carries its tag; all others, and words that another window owns, carry -100.

        Words are found in the sentence's text, as the pipeline reads it, and not by ``is_split_into_words``: byte-level
        BPE would cut the words of a text otherwise.
        """
        max_length = self._max_length

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

    def collator(self, tokenizer: Any) -> Any:
        return DataCollatorForTokenClassification(tokenizer)

    def initialise(self, model: Any, dataset: Dataset) -> None:
        return None  # random weights are a fair start

    def loss(self, dataset: Dataset) -> Loss:
        training = self.recipe.training
        return token_cross_entropy(training, tag_weights(training, self.labels, dataset))

    def reducer(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        return lambda logits, labels: logits.argmax(dim=-1)

    def validation_metrics(self) -> Callable[[Any], Metrics]:
        """Entities within each window's own words; a window is a sequence of its own."""

        def compute(prediction: Any) -> Metrics:
            rows = list(zip(prediction.label_ids, prediction.predictions, strict=True))
            true = [row[row != IGNORED].tolist() for row, _ in rows]
            predicted = [answer[row != IGNORED].tolist() for row, answer in rows]
            return EntityPredictions(self.labels, true, predicted).metrics(self.recipe.metrics)

        return compute

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        """Each window is a sequence of its own, as in the training table."""
        return Validated(self.predictions(pipe, validation, stitched=False).metrics(self.recipe.metrics), None)

    def metrics(self, pipe: Any, records: Dataset) -> Metrics:
        return self.predictions(pipe, records).metrics(self.recipe.metrics)

    def measure(self, pipe: Any, records: Dataset) -> Measurement:
        predictions = self.predictions(pipe, records)
        confusion = predictions.confusion()
        return Measurement(
            metrics=predictions.metrics(self.recipe.metrics),
            intervals=intervals(self.recipe, predictions),
            per_class=class_scores(predictions.counts, predictions.types),
            confusion=Confusion(level=None, names=confusion.names, matrix=confusion.matrix),
            slices=(),
            errors=tuple(WrongSentence(**asdict(errors)) for errors in predictions.errors(records["tokens"])),
            aggregated=self.spans(pipe, records),
        )

    def predictions(self, pipe: Any, records: Dataset, *, stitched: bool = True) -> EntityPredictions:
        """Return the tags that the pipeline gives each word: that of the piece which begins it, O where none does.

        Long sentences are read in the windows of training and stitched together again; with *stitched* false, every
        window is a sequence of its own and words without a piece are left out, as in the training table.
        """
        ids = {label: number for number, label in enumerate(self.labels)}
        true: list[list[int]] = []
        predicted: list[list[int]] = []
        for batch in records.iter(batch_size=_SENTENCES):
            cuts = cut(batch["tokens"], pipe.tokenizer, max_length=self._max_length)
            sequences: list[list[tuple[int, int]]] = [[] for _ in (batch["tokens"] if stitched else cuts)]
            for number, (piece, names) in enumerate(self._tagged(pipe, cuts)):
                truth = batch["tags"][piece.sentence][piece.window.first : piece.window.last]
                pairs = [
                    (tag, ids[name or OUTSIDE]) for tag, name in zip(truth, names, strict=True) if stitched or name
                ]
                sequences[piece.sentence if stitched else number] += pairs
            true += [[tag for tag, _ in pairs] for pairs in sequences]
            predicted += [[answer for _, answer in pairs] for pairs in sequences]
        return EntityPredictions(self.labels, true, predicted)

    def _tagged(self, pipe: Any, cuts: Sequence[Cut]) -> Iterator[tuple[Cut, list[str | None]]]:
        return zip(cuts, word_tags(pipe, cuts, batch_size=self.recipe.evaluation.batch_size), strict=True)

    def spans(self, pipe: Any, records: Dataset) -> SpanScores:
        """Return the figures of the spans that ``pipeline("ner", aggregation_strategy="average")`` finds in the texts.

        A span is right where its characters and its type are. Precision is lower than that of the words' entities: here
        an I- that continues nothing begins a span, and of a word that the tokenizer parts ("state-of-the-art" at its
        hyphens) the pipeline takes the parts for words, of which only the first was trained.
        """
        right = answered = true = 0
        for batch in records.iter(batch_size=_SENTENCES):
            answers = entity_spans(pipe, batch["text"], batch_size=self.recipe.evaluation.batch_size)
            for words, tags, found in zip(batch["tokens"], batch["tags"], answers, strict=True):
                expected = _character_spans(words, tags, self.labels)
                spans = {(entity.start, entity.end, entity.entity_group) for entity in found}
                right, answered, true = right + len(spans & expected), answered + len(spans), true + len(expected)
        counts = [np.array(number) for number in (right, answered, true)]
        precision, recall, f1 = (float(rate(score, *counts)) for score in ("precision", "recall", "f1"))
        return SpanScores(strategy="average", precision=precision, recall=recall, f1=f1)

    def widget(self, pipe: Any, examples: Sequence[Example]) -> tuple[Answer, ...]:
        found = entity_spans(pipe, [example.text for example in examples], batch_size=1)
        return tuple(
            Answer(output=tuple(EntitySpan(**{**asdict(one), "score": round(one.score, 6)}) for one in entities))
            for entities in found
        )

    def expected(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        tokens, found = record["tokens"], entities_of(record["tags"], self.labels)
        return tuple(f"{' '.join(tokens[start:end])} ({kind})" for start, end, kind in sorted(found))

    def baselines(self, datasets: Mapping[str, Dataset]) -> tuple[Baseline, ...]:
        """One: each word's most frequent tag in train and validation, O for others; of equals the lower id.

        An I- that continues no entity of its type becomes a B-, which is in the baseline's favour.
        """
        if "most_frequent" not in self.recipe.baselines:
            return ()
        seen: dict[str, Counter[int]] = {}
        for name in ("train", "validation"):
            for row in datasets[name]:
                for word, tag in zip(row["tokens"], row["tags"], strict=True):
                    seen.setdefault(word, Counter())[tag] += 1
        usual = {word: min(tags, key=lambda tag: (-tags[tag], tag)) for word, tags in seen.items()}
        test = datasets["test"]
        predicted = [repaired([usual.get(word, 0) for word in words]) for words in test["tokens"]]
        metrics = EntityPredictions(self.labels, list(test["tags"]), predicted).metrics(self.recipe.metrics)
        return (Baseline(name="most_frequent", title="Most frequent tag of each word", metrics=metrics, slices=()),)


def _character_spans(words: Sequence[str], tags: list[int], labels: tuple[str, ...]) -> set[tuple[int, int, str]]:
    places = word_spans(words)
    return {(places[first][0], places[last - 1][1], kind) for first, last, kind in entities_of(tags, labels)}
