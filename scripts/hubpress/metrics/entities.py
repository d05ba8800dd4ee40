"""Entities found against entities that are there: as spans of characters, and for tagged words by seqeval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from hubpress.metrics.counts import ClassRates, Counts, ResampledScores
from hubpress.text import Span, shortened

Spans = dict[Span, int]
"""First character (of pieces: the first one) and the one after the last -> number of the entity's type."""

_MOST_TEXTS = 50
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts, rows true and columns answered, by the same names."""

    names: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class TextErrors:
    """A text with the entities that were missed in it, and those answered wrong: "words (type)"."""

    text: str
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class SpanPredictions:
    """True and predicted entities of every text. An entity is right where both of its borders and its type are."""

    types: tuple[str, ...]
    true: list[Spans]
    predicted: list[Spans]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.true)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return ``f1``, ``precision`` and ``recall`` over all entities, those of *names*; 0 where there is nothing."""
        figures = self.resampled(names, np.ones((1, len(self))))
        return {name: float(values[0]) for name, values in zip(names, figures, strict=True)}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each text counted by weights (resamples, texts)."""
        return ResampledScores(self.counts)(names, weights)

    def bearing(self, name: str) -> int:
        """Return how many texts have an entity that a figure counts."""
        return self.counts.bearing(name)

    def per_class(self) -> list[ClassRates]:
        """Return the rates of every type."""
        return self.counts.per_class(self.types)

    @cached_property
    def counts(self) -> Counts:
        """How many entities of each type are right, answered and true in each text."""
        right = [[kind for span, kind in answered.items() if true.get(span) == kind] for true, answered in self._pairs]
        return Counts(
            hits=self._matrix(right),
            answered=self._matrix([list(answered.values()) for answered in self.predicted]),
            true=self._matrix([list(true.values()) for true in self.true]),
        )

    def confusion(self) -> ConfusionMatrix:
        """Return what was answered (columns) at the very borders of what is true (rows): types, and "none"."""
        none = len(self.types)
        matrix = np.zeros((none + 1, none + 1), dtype=np.int64)
        for true, answered in self._pairs:
            for span in true.keys() | answered.keys():
                matrix[true.get(span, none), answered.get(span, none)] += 1
        return ConfusionMatrix((*self.types, "none"), tuple(tuple(row) for row in matrix.tolist()))

    def errors(self, texts: Sequence[str]) -> list[TextErrors]:
        """Return up to 50 texts with errors, those with the most first."""
        found = []
        for text, (true, answered) in zip(texts, self._pairs, strict=True):
            missed, wrong = true.items() - answered.items(), answered.items() - true.items()
            if missed or wrong:
                short = shortened(text, _LONGEST_TEXT)
                found.append(TextErrors(short, self._named(missed, text), self._named(wrong, text)))
        found.sort(key=lambda row: -len(row.missed) - len(row.wrong))
        return found[:_MOST_TEXTS]

    def _named(self, spans: set[tuple[Span, int]], text: str) -> tuple[str, ...]:
        return tuple(f"{text[start:end]} ({self.types[kind]})" for (start, end), kind in sorted(spans))

    @property
    def _pairs(self) -> Iterator[tuple[Spans, Spans]]:
        return zip(self.true, self.predicted, strict=True)

    def _matrix(self, kinds: Sequence[Sequence[int]]) -> csr_matrix:
        rows = np.repeat(np.arange(len(kinds)), [len(row) for row in kinds])
        columns = np.array([kind for row in kinds for kind in row], dtype=np.int64)
        shape = (len(kinds), len(self.types))
        return csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)  # adds up what repeats


def word_metrics(
    true: Sequence[Sequence[int]], predicted: Sequence[Sequence[int]], names: Sequence[str]
) -> dict[str, float]:
    """Return ``f1``, ``precision`` and ``recall`` of tag ids of words, those of *names*, by seqeval (IOB2, strict).

    An I- that continues no entity of its type is none, in answers as in truth.
    """
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    precision, recall, f1, _ = precision_recall_fscore_support(
        _tags(true), _tags(predicted), average="micro", zero_division=0, scheme=IOB2
    )
    every = {"f1": float(f1), "precision": float(precision), "recall": float(recall)}
    return {name: every[name] for name in names}


def _tags(sequences: Sequence[Sequence[int]]) -> Any:
    """Return ids as tags with the types' numbers for their names: seqeval strips hyphens from a name."""
    return [[f"{'IB'[tag % 2]}-{(tag - 1) // 2}" if tag else "O" for tag in tags] for tags in sequences]
