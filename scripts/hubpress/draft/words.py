"""The words of a column against the labels of a model: do they mean the same, and which means which?"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hubpress.recipe.open_places import to_fill_in
from hubpress.text import quoted
from hubpress.trained.settle import are_named

_NAMES = ("label", "labels", "target", "class", "category", "topic", "sentiment", "intent", "gold", "y")
_PARTS = (
    *_NAMES,
    *("tag", "tags", "genre", "answer", "rating", "score", "stars", "emotion", "emotions", "kind", "type", "classes"),
    *("topics", "categories", "coarse", "fine", "annotation"),
)
_NOT_TRUE = ("pred", "predicted", "prediction", "predictions", "guess", "model")


@dataclass(frozen=True)
class Fit:
    """How the words of a column mean a model's labels."""

    rank: int
    """The less is left to a guess, the higher."""
    label_names: dict[str, str] | None = None
    """The label of each word, for ``data.label_names``."""
    labels: tuple[str, ...] | None = None
    """The labels by their ids where the model has no names for them, for ``data.labels``."""
    guess: str = ""
    note: str = ""


def fit_of(words: Collection[str], labels: Sequence[str], classes: Sequence[str] | None = None) -> Fit | None:
    """Return how some words mean the labels of a model; None where they do not.

    *classes* are the names of a column that has them by their ids.
    """
    if not words:
        return None
    if not are_named(labels):
        return _of_nameless(words, labels, classes)
    if set(words) <= set(labels):
        return Fit(4)
    plain = {_plain(label): label for label in labels}
    if len(plain) == len(labels) and all(_plain(word) in plain for word in words):
        meant = {plain[_plain(word)]: word for word in sorted(words)}
        if len(meant) == len(set(words)):
            names = {meant.get(label, label): label for label in labels}
            return Fit(3, names, guess="the records write the model's labels otherwise")
    if by_ids := _by_ids(words, labels):
        first = next(iter(by_ids))
        return Fit(1 if first == "1" else 2, by_ids, guess=f"the values are taken for the model's ids, from {first}")
    return None


def _of_nameless(words: Collection[str], labels: Sequence[str], classes: Sequence[str] | None) -> Fit | None:
    if classes and len(classes) == len(labels) and set(words) <= set(classes):
        return Fit(4, labels=tuple(classes), note="the names that the records have for the ids")
    marks = opened(labels)
    if set(words) <= set(labels):
        return Fit(3, dict(zip(labels, marks, strict=True)))
    if set(words) <= {str(number) for number in range(len(labels))}:
        return Fit(2, {str(number): mark for number, mark in enumerate(marks)})
    if len(words) == len(labels):
        said = ", ".join(quoted(word, 30) for word in sorted(words))
        return Fit(1, labels=marks, note=f"in the order of the model's ids; the records have {said}")
    return None


def _by_ids(words: Collection[str], labels: Sequence[str]) -> dict[str, str] | None:
    """Return the labels by truth values, or by numbers: from 0, or from 1 where every one of them is there."""
    written = {word.casefold(): word for word in words}
    if len(labels) == 2 and written.keys() <= {"false", "true"}:
        return {written.get("false", "False"): labels[0], written.get("true", "True"): labels[1]}
    for first in (0, 1):
        names = {str(number): label for number, label in enumerate(labels, start=first)}
        if set(words) <= names.keys() and (first == 0 or len(set(words)) == len(labels)):
            return names
    return None


def opened(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the marks of places for the names of labels that have none."""
    return tuple(to_fill_in(f"the name of {label}") for label in labels)


def known_among(words: Collection[str], labels: Sequence[str]) -> set[str]:
    """Return which of some words are labels, however they are written."""
    plain = {_plain(label) for label in labels}
    return {word for word in words if _plain(word) in plain}


def name_rank(column: str) -> int:
    """Return how much a column's name says that true labels are in it: from -1, that others are, to 2."""
    parts = re.split(r"[^a-z]+", column.lower())
    if any(part in _NOT_TRUE for part in parts):
        return -1
    return 2 if column.lower() in _NAMES else int(any(part in _PARTS for part in parts))


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", " ", word).strip().casefold() or word
