"""Tags of words -> entities, and how many of them are right: by seqeval in its strict mode, with IOB2 tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2, Entities

from hubpress.metrics.counts import ClassRates, Counts, ResampledScores
from hubpress.metrics.iob2 import types_of
from hubpress.text import shortened

Span = tuple[int, int]
Spans = dict[Span, int]
"""First word and the word after the last one -> number of the entity's type."""

_MOST_SENTENCES = 50
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts, rows true and columns answered, by the same names."""

    names: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SentenceErrors:
    """A sentence with the entities that were missed in it, and those answered wrong: "words (type)"."""

    text: str
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class EntityPredictions:
    """True and predicted tag ids of every sequence; *labels* are the tags in id order (O, then B- and I- of a type).

    An entity is right where its borders and its type are. An I- that continues no entity of its type is none, in
    answers as in truth.
    """

    labels: tuple[str, ...]
    true: list[list[int]]
    predicted: list[list[int]]

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.true)

    @property
    def types(self) -> tuple[str, ...]:
        """The entity types in the order of their ids."""
        return types_of(self.labels)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return ``f1``, ``precision`` and ``recall`` over all entities, those of *names*; 0 where there is nothing."""
        true, predicted = self._entities
        precision, recall, f1, _ = precision_recall_fscore_support(
            _tags(self.true),
            _tags(self.predicted),
            average="micro",
            zero_division=0,  # 0 as by default, but without a warning
            scheme=IOB2,
            entities_true=true,
            entities_pred=predicted,
        )
        every = {"f1": float(f1), "precision": float(precision), "recall": float(recall)}
        return {name: every[name] for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each sequence counted by weights (resamples, sequences)."""
        return ResampledScores(self.counts)(names, weights)

    def per_class(self) -> list[ClassRates]:
        """Return the rates of every type."""
        return self.counts.per_class(self.types)

    @cached_property
    def counts(self) -> Counts:
        """How many entities of each type are right, answered and true in each sequence."""
        pairs = list(self._pairs())
        right = [[kind for span, kind in answered.items() if true.get(span) == kind] for true, answered in pairs]
        return Counts(
            hits=self._matrix(right),
            answered=self._matrix([list(answered.values()) for _, answered in pairs]),
            true=self._matrix([list(true.values()) for true, _ in pairs]),
        )

    def confusion(self) -> ConfusionMatrix:
        """Return what was answered (columns) at the very borders of what is true (rows): types, and "none"."""
        none = len(self.types)
        matrix = np.zeros((none + 1, none + 1), dtype=np.int64)
        for true, answered in self._pairs():
            for span in true.keys() | answered.keys():
                matrix[true.get(span, none), answered.get(span, none)] += 1
        return ConfusionMatrix((*self.types, "none"), tuple(tuple(row) for row in matrix.tolist()))

    def errors(self, sentences: Sequence[Sequence[str]]) -> list[SentenceErrors]:
        """Return up to 50 sentences with errors, those with the most first. *sentences* are the sequences' words."""
        found = []
        for words, (true, answered) in zip(sentences, self._pairs(), strict=True):
            missed, wrong = true.items() - answered.items(), answered.items() - true.items()
            if missed or wrong:
                text = shortened(" ".join(words), _LONGEST_TEXT)
                found.append(SentenceErrors(text, self._named(missed, words), self._named(wrong, words)))
        found.sort(key=lambda row: -len(row.missed) - len(row.wrong))
        return found[:_MOST_SENTENCES]

    def _named(self, spans: set[tuple[Span, int]], words: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"{' '.join(words[start:end])} ({self.types[kind]})" for (start, end), kind in sorted(spans))

    @cached_property
    def _entities(self) -> tuple[Any, Any]:
        return Entities(_tags(self.true), IOB2), Entities(_tags(self.predicted), IOB2)

    def _pairs(self) -> Iterator[tuple[Spans, Spans]]:
        true, predicted = self._entities
        return zip(map(_spans, true.entities), map(_spans, predicted.entities), strict=True)

    def _matrix(self, kinds: Sequence[Sequence[int]]) -> csr_matrix:
        rows = np.repeat(np.arange(len(kinds)), [len(row) for row in kinds])
        columns = np.array([kind for row in kinds for kind in row], dtype=np.int64)
        shape = (len(kinds), len(self.types))
        return csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)  # adds up what repeats


def entities_of(tags: Sequence[int], labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the entities of one sequence of tag ids: first word, the word after the last one, type."""
    (entities,) = Entities(_tags([tags]), IOB2).entities
    types = types_of(labels)
    return [(start, end, types[kind]) for (start, end), kind in _spans(entities).items()]


def _tags(sequences: Sequence[Sequence[int]]) -> list[list[str]]:
    """Return ids as tags with the types' numbers for their names: seqeval strips hyphens from a name."""
    return [[f"{'IB'[tag % 2]}-{(tag - 1) // 2}" if tag else "O" for tag in tags] for tags in sequences]


def _spans(entities: Any) -> Spans:
    return {(entity.start, entity.end): int(entity.tag) for entity in entities}
