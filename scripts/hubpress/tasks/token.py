"""Token classification: a tag for each piece of a text, softmax over IOB2 tags, entities where they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForTokenClassification, DataCollatorForTokenClassification

from hubpress.inference.spans import STRATEGIES, FoundEntity, entity_spans, piece_answers, spans_by_strategy
from hubpress.inference.tokenizer import has_spaces, pieces_of, words_of
from hubpress.inference.windows import Window, stride_of, windows_of
from hubpress.metrics.counts import Predictions
from hubpress.metrics.entities import SpanPredictions, Spans, word_metrics
from hubpress.metrics.iob2 import as_iob1, repaired, runs, types_of
from hubpress.metrics.pieces import Entity, decoded, lost, piece_tags, word_tags
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import Answer, EntitySpan, Example
from hubpress.schemas.document import Metrics
from hubpress.schemas.evaluation import (
    Aggregation,
    Baseline,
    Confusion,
    EntityFigures,
    LostEntities,
    Measurement,
    WrongText,
)
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.losses import IGNORED, tag_weights, token_cross_entropy
from hubpress.tasks.parts import class_scores, intervals
from hubpress.tasks.protocol import Loss, Measured, Validated
from hubpress.tasks.recorded import outcomes_of

SCORER = "exact borders, in characters of the record's own text, and the right type; micro-averaged over all entities"

_TEXTS = 1000  # are held at a time


class TokenTask:
    """See :mod:`hubpress.tasks.protocol` for what each public method promises."""

    def __init__(self, recipe: Recipe, splits: SplitFacts) -> None:
        self.recipe = recipe
        self.labels = splits.labels
        self.types = types_of(splits.labels)
        self._type_ids = {name: number for number, name in enumerate(self.types)}
        self._max_length = recipe.tokenizer.max_length
        self._batch_size = recipe.evaluation.batch_size
        self._has_few_beginnings = recipe.training.tag_scheme == "IOB1"

    def model_class(self) -> Any:
        return AutoModelForTokenClassification

    def encode(self, dataset: Dataset, tokenizer: Any, *, cache_file: str) -> Dataset:
        """Every piece carries a tag by its characters; special tokens and what another window owns carry -100."""

        def tokenize(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
            rows = []
            for window, tags in self._tagged(batch, tokenizer):
                labels = [IGNORED] * len(window.inputs["input_ids"])
                for number in window.own:
                    labels[window.places[number]] = tags[number]
                rows.append({**window.inputs, "labels": labels})
            return {name: [row[name] for row in rows] for name in rows[0]}

        return dataset.map(
            tokenize, batched=True, remove_columns=dataset.column_names, cache_file_name=cache_file, desc="Tokenizing"
        )

    def _tagged(self, batch: Mapping[str, list[Any]], tokenizer: Any) -> Iterator[tuple[Window, list[int]]]:
        """Yield the windows of texts, each with the true tags of its pieces."""
        for window in windows_of(batch["text"], tokenizer, max_length=self._max_length):
            entities = _entities(batch["entities"][window.text])
            tags = piece_tags(batch["text"][window.text], window.offsets, entities)
            yield window, as_iob1(tags) if self._has_few_beginnings else tags

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
        """Entities of each window's own pieces, as ``aggregation_strategy="simple"`` reads their tags."""

        def compute(prediction: Any) -> Metrics:
            rows = list(zip(prediction.label_ids, prediction.predictions, strict=True))
            true = [row[row != IGNORED].tolist() for row, _ in rows]
            predicted = [answer[row != IGNORED].tolist() for row, answer in rows]
            return self._of_pieces(true, predicted)

        return compute

    def _of_pieces(self, true: Sequence[Sequence[int]], predicted: Sequence[Sequence[int]]) -> Metrics:
        spans = ([_spans(runs(tags)) for tags in rows] for rows in (true, predicted))
        return SpanPredictions(self.types, *spans).metrics(self.recipe.metrics)

    def validated(self, pipe: Any, validation: Dataset) -> Validated:
        """Return the training table's figures, and those of every strategy of the pipeline."""
        true, predicted = [], []
        for batch in validation.iter(batch_size=_TEXTS):
            tagged = list(self._tagged(batch, pipe.tokenizer))
            answers = piece_answers(pipe, [window for window, _ in tagged], batch_size=self._batch_size)
            for (window, tags), answer in zip(tagged, answers, strict=True):
                true.append([tags[number] for number in window.own])
                predicted.append([answer[number] for number in window.own])
        decision = pipe.model.config.decision
        aggregation = Aggregation(
            strategy=decision["aggregation_strategy"],
            stride=stride_of(pipe.tokenizer),
            has_spaces=has_spaces(pipe.tokenizer),
            chosen_on=decision.get("chosen_on"),
            metric=self.recipe.main_metric,
            # Not handed over from choose_aggregation: these are of the staged files, whoever chose (a recipe that names
            # its strategy leaves nothing to choose), and the same call measures a release when it is verified.
            values=self._of_strategies(pipe, validation),
        )
        return Validated(self._of_pieces(true, predicted), aggregation=aggregation)

    def choose_aggregation(self, pipe: Any, validation: Dataset) -> str:
        values = self._of_strategies(pipe, validation)
        return max(STRATEGIES, key=lambda name: values[name])  # of equals the first

    def _of_strategies(self, pipe: Any, validation: Dataset) -> dict[str, float]:
        found: dict[str, list[Spans]] = {name: [] for name in STRATEGIES}
        for batch in validation.iter(batch_size=_TEXTS):
            for answers in spans_by_strategy(pipe, batch["text"], batch_size=self._batch_size):
                for name, entities in answers.items():
                    found[name].append(self._answered(entities))
        true, main = _true_spans(validation), self.recipe.main_metric
        return {name: SpanPredictions(self.types, true, spans).metrics([main])[main] for name, spans in found.items()}

    def metrics(self, pipe: Any, records: Dataset) -> Metrics:
        return self.predictions(pipe, records).metrics(self.recipe.metrics)

    def measure(self, pipe: Any, records: Dataset) -> Measured:
        predictions = self.predictions(pipe, records)
        confusion = predictions.confusion()
        has_words = "words" in records.column_names
        is_restored = has_words and self.recipe.data.detokenize is not False
        figures = Measurement(
            metrics=predictions.metrics(self.recipe.metrics),
            intervals=intervals(self.recipe, predictions),
            per_class=class_scores(predictions.counts, self.types),
            confusion=Confusion(level=None, names=confusion.names, matrix=confusion.matrix),
            slices=(),
            errors=tuple(WrongText(**asdict(errors)) for errors in predictions.errors(records["text"])),
            entities=EntityFigures(
                scorer=SCORER,
                words=self.of_words(pipe, records) if has_words else None,
                spaced=self.metrics(pipe, _spaced(records)) if is_restored else None,
            ),
        )
        return Measured(figures, outcomes_of(predictions), predictions)

    def predictions(self, pipe: Any, records: Dataset) -> SpanPredictions:
        """Return the entities that the pipeline finds in the records' own texts, as the card's snippet asks for."""
        return SpanPredictions(
            self.types,
            _true_spans(records),
            [self._answered(found) for batch in records.iter(_TEXTS) for found in self._found(pipe, batch["text"])],
        )

    def _found(self, pipe: Any, texts: Sequence[str], batch_size: int | None = None) -> Iterator[list[FoundEntity]]:
        strategy = pipe.model.config.decision["aggregation_strategy"]
        return entity_spans(pipe, texts, strategy=strategy, batch_size=batch_size or self._batch_size)

    def _answered(self, found: Sequence[FoundEntity]) -> Spans:
        return {(entity.start, entity.end): self._type_ids[entity.entity_group] for entity in found}

    def of_words(self, pipe: Any, records: Dataset) -> Metrics:
        """Return seqeval's figures of the tags of the records' own tokens: of each that of its first piece."""
        true, predicted = [], []
        for batch in records.iter(batch_size=_TEXTS):
            windows = list(windows_of(batch["text"], pipe.tokenizer, max_length=self._max_length))
            pieces: list[list[tuple[int, int]]] = [[] for _ in batch["text"]]
            answered: list[list[int]] = [[] for _ in batch["text"]]
            for window, answer in zip(windows, piece_answers(pipe, windows, batch_size=self._batch_size), strict=True):
                pieces[window.text] += [window.offsets[number] for number in window.own]
                answered[window.text] += [answer[number] for number in window.own]
            rows = zip(batch["text"], batch["words"], batch["entities"], pieces, answered, strict=True)
            for text, given, entities, offsets, tags in rows:
                words = [(start, end) for start, end in given]
                true.append(piece_tags(text, words, _entities(entities)))
                found = word_tags(text, words, offsets, tags)
                predicted.append(repaired(found) if self._has_few_beginnings else found)
        return word_metrics(true, predicted, self.recipe.metrics)

    def lost(self, datasets: Mapping[str, Dataset], tokenizer: Any) -> dict[str, LostEntities]:
        return {name: inexpressible(dataset, tokenizer, self.types) for name, dataset in datasets.items()}

    def widget(self, pipe: Any, examples: Sequence[Example]) -> tuple[Answer, ...]:
        found = self._found(pipe, [example.text for example in examples], batch_size=1)
        return tuple(
            Answer(output=tuple(EntitySpan(**{**asdict(one), "score": round(one.score, 6)}) for one in entities))
            for entities in found
        )

    def expected(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        text = record["text"]
        return tuple(f"{text[start:end]} ({self.types[kind]})" for start, end, kind in record["entities"])

    def baselines(self, datasets: Mapping[str, Dataset], tokenizer: Any, *, ours: Predictions) -> tuple[Baseline, ...]:
        """One: each word's most frequent tag in train and validation, O for others; of equals the lower id.

        Words are the records' own tokens, or else the tokenizer's. An I- that continues no entity of its type becomes
        a B-, which is in the baseline's favour.
        """
        if "most_frequent" not in self.recipe.baselines:
            return ()
        seen: dict[str, Counter[int]] = {}
        for text, words, entities in chain.from_iterable(
            _in_words(datasets[name], tokenizer) for name in ("train", "validation")
        ):
            for (start, end), tag in zip(words, piece_tags(text, words, entities), strict=True):
                seen.setdefault(text[start:end], Counter())[tag] += 1
        usual = {word: min(tags, key=lambda tag: (-tags[tag], tag)) for word, tags in seen.items()}
        predicted = []
        for text, words, _ in _in_words(datasets["test"], tokenizer):
            tags = repaired([usual.get(text[start:end], 0) for start, end in words])
            predicted.append(_spans(decoded(text, words, tags)))
        spans = SpanPredictions(self.types, _true_spans(datasets["test"]), predicted)
        metrics = spans.metrics(self.recipe.metrics)
        return (Baseline(name="most_frequent", title="Most frequent tag of each word", metrics=metrics, slices=()),)


def inexpressible(dataset: Dataset, tokenizer: Any, types: Sequence[str]) -> LostEntities:
    """Return how many of a split's entities the pieces of the tokenizer cannot say, with the first of them."""
    inside = left_out = entities = 0
    example = None
    for batch in dataset.iter(batch_size=_TEXTS):
        pieces = pieces_of(batch["text"], tokenizer)
        for text, given, places, row in zip(batch["text"], batch["entities"], pieces, batch["row"], strict=True):
            entities += len(given)
            for one in lost(text, places, _entities(given)):
                inside, left_out = inside + one.inside_a_piece, left_out + (not one.inside_a_piece)
                start, end, kind = one.entity
                example = example or f"{text[start:end]} ({types[kind]}) in row {row}"
    return LostEntities(entities=entities, inside_a_piece=inside, left_out=left_out, example=example)


def _entities(given: Sequence[Sequence[int]]) -> list[Entity]:
    return [(start, end, kind) for start, end, kind in given]


def _spans(entities: Any) -> Spans:
    return {(start, end): kind for start, end, kind in entities}


def _true_spans(records: Dataset) -> list[Spans]:
    return [_spans(given) for given in records["entities"]]


def _in_words(records: Dataset, tokenizer: Any) -> Iterator[tuple[str, list[tuple[int, int]], list[Entity]]]:
    """Yield each text with the places of its words, and its entities."""
    for batch in records.iter(batch_size=_TEXTS):
        words = batch["words"] if "words" in batch else words_of(batch["text"], tokenizer)
        for text, places, entities in zip(batch["text"], words, batch["entities"], strict=True):
            yield text, [(start, end) for start, end in places], _entities(entities)


def _spaced(records: Dataset) -> Dataset:
    """Return the same records with their tokens joined by single spaces."""

    def spaced(record: dict[str, Any]) -> dict[str, Any]:
        text, words, moved = record["text"], record["words"], {}
        reached = 0
        for start, end in words:
            moved[start, "start"], moved[end, "end"] = reached, reached + end - start
            reached += end - start + 1
        entities = [[moved[start, "start"], moved[end, "end"], kind] for start, end, kind in record["entities"]]
        return {"text": " ".join(text[start:end] for start, end in words), "entities": entities}

    return Dataset.from_list([spaced(record) for record in records], features=None)
