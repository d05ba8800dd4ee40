"""The labels of a model, and which of them each record has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse

from hubpress.data.label_order import in_order, same_number
from hubpress.data.label_table import read_table, table_file
from hubpress.data.label_values import BadAnswer
from hubpress.data.record_table import RecordTable
from hubpress.data.splitting import STAYS
from hubpress.data.zeros_and_ones import Reading
from hubpress.errors import DataError
from hubpress.metrics.iob2 import tag_names
from hubpress.recipe.recipe import Recipe
from hubpress.text import suggestion

Parents = dict[str, dict[str, str]]
_OF_TRAINED = "Say in data.label_names which of its labels each word of the records means, or take the records out."
_FEWEST = 3  # one record for each split


@dataclass(frozen=True)
class LabelNames:
    """The labels in the order of their ids: as records write them, as they are published, with their parents."""

    keys: tuple[str, ...]
    published: tuple[str, ...]
    where: str
    """What lists them, in words for a message."""
    parents: Parents = field(default_factory=dict)
    mend: str = "Add it or mend the records."
    """What to do about a label that is not among them."""


@dataclass(frozen=True)
class TrueLabels:
    """The true answers of all records. Records that have the same answer share it."""

    labels: tuple[str, ...]
    """The labels by their ids; of a token model the tags."""
    classes: tuple[str, ...]
    """What is counted and drawn by: the labels; of a token model its entities' types."""
    parents: Parents
    of_record: np.ndarray
    """For each record, which of the answers it has."""
    answers: list[Any]
    """Each distinct answer as a label's id, as a list of sorted ids, of numbers in the order of their ids, or as a list
    of entities: first character, the one after the last, id of the type."""
    occurrences: sparse.csr_array
    """How often each class occurs in each answer: (answers, classes), whole numbers."""

    @classmethod
    def of(
        cls,
        names: LabelNames,
        of_record: np.ndarray,
        answers: list[Any],
        held: Sequence[Sequence[int]],
        *,
        labels: tuple[str, ...] | None = None,
    ) -> TrueLabels:
        """Return the answers of records; *held* are the classes of each answer, as often as they occur in it.

        The *labels* are the classes unless they are given.
        """
        starts = np.cumsum([0, *(len(classes) for classes in held)])
        columns = np.fromiter(chain.from_iterable(held), dtype=np.int64, count=starts[-1])
        ones, shape = np.ones(len(columns), dtype=np.int64), (len(answers), len(names.published))
        occurrences = sparse.csr_array((ones, columns, starts), shape=shape)
        occurrences.sum_duplicates()
        return cls(labels or names.published, names.published, names.parents, of_record, answers, occurrences)

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """Return how often each class occurs in rows."""
        counts: np.ndarray = np.bincount(self.of_record[rows], minlength=len(self.answers)) @ self.occurrences
        return counts

    def counted(self, rows: np.ndarray) -> dict[str, int]:
        """Return how often each class occurs in rows, by its name."""
        return dict(zip(self.classes, self.counts(rows).tolist(), strict=True))

    def only_label(self, rows: np.ndarray) -> np.ndarray:
        """Return the id of each row's label, where answers are one label each."""
        ids: np.ndarray = np.array(self.answers)[self.of_record[rows]]
        return ids

    def rarest(self, rows: np.ndarray) -> np.ndarray:
        """Return for each row the class it is drawn by: its rarest one among *rows*, -1 where it has none.

        Where that class occurs less than three times the row stays in train: a label that is tested is learned.
        """
        counts = self.counts(rows)
        by_rarity = np.argsort(counts, kind="stable")
        below_zero = np.empty(len(counts), dtype=np.int64)  # the rarer the lower, so that classes not held are highest
        below_zero[by_rarity] = np.arange(-len(counts), 0)
        held = sparse.csr_array(
            (below_zero[self.occurrences.indices], self.occurrences.indices, self.occurrences.indptr),
            shape=self.occurrences.shape,
        )
        lowest = held.min(axis=1).toarray().ravel()
        rarest = np.append(by_rarity, -1)[lowest + len(counts)]
        rarest[(rarest >= 0) & (counts[rarest] < _FEWEST)] = STAYS
        chosen: np.ndarray = rarest[self.of_record[rows]]
        return chosen

    def numbers(self, rows: np.ndarray) -> np.ndarray:
        """Return the numbers of rows (rows, numbers), where those are the answers."""
        values: np.ndarray = np.array(self.answers, dtype=np.float64)[self.of_record[rows]]
        return values

    def in_words(self, row: int) -> str:
        """Return a row's answer for a message."""
        answer = self.answers[self.of_record[row]]
        if isinstance(answer, int):
            return self.labels[answer]
        if answer and isinstance(answer[0], float):
            return " and ".join(f"{value:g}" for value in answer)
        if self.labels != self.classes:  # tags, of which an answer has none
            return ", ".join(f"{self.classes[kind]} {start}-{end}" for start, end, kind in answer) or "no entity"
        return ", ".join(self.labels[number] for number in answer)


def true_labels(records: RecordTable, recipe: Recipe) -> TrueLabels:
    """Return the records' answers by the recipe's labels, its table's, or those found.

    Raises DataError for a record without a label, and for a label that the recipe or its table lacks.
    """
    return _TRUE_LABELS[recipe.task](records, recipe)


def published_names(recipe: Recipe) -> dict[str, str]:
    """Return the published label for each word that records have for one, where the recipe or its table lists them."""
    names = _label_names(recipe, ())
    return dict(zip(names.keys, names.published, strict=True))


def _label_names(recipe: Recipe, found: Sequence[str]) -> LabelNames:
    data = recipe.data
    file = table_file(recipe)
    if data.label_table and file:
        rows = read_table(data.label_table, file)
        parents = {row.name: row.parents for row in rows} if data.label_table.parents else {}
        where = f"data.label_table {file} (column {data.label_table.key!r})"
        return LabelNames(tuple(row.key for row in rows), tuple(row.name for row in rows), where, parents)
    if data.label_names:
        return LabelNames(tuple(data.label_names), tuple(data.label_names.values()), "data.label_names")
    _refuse_floats(data.labels, found, recipe)
    listed = data.labels or in_order(found)
    if not data.labels and (twins := same_number(found)):
        raise DataError(
            f"the labels {twins[0]!r} and {twins[1]!r} are the same number.",
            where=next(f"data.columns.{key} {column!r}" for key, column in reversed(recipe.columns.items())),
            hint="Write it in one way, or list both in data.labels where two labels are meant.",
        )
    if recipe.trained:
        return LabelNames(listed, listed, "the trained model", mend=_OF_TRAINED)
    return LabelNames(listed, listed, "data.labels")


def _refuse_floats(listed: Sequence[str] | None, found: Sequence[str], recipe: Recipe) -> None:
    """Raise DataError for whole numbers that have become floats, of which nobody has said that they are labels."""
    if found and not listed and all(re.fullmatch(r"-?\d+\.0", label) for label in found):
        key, column = next(iter(recipe.columns.items()), ("label_columns", ""))
        first = sorted(found)[0]
        raise DataError(
            f"holds the numbers {', '.join(sorted(found)[:5])}, which look like whole numbers that have become floats.",
            where=f"data.columns.{key} {column!r}",
            hint=f'Write them as whole numbers, or say their names in data.label_names, such as {{"{first}": NAME}}.',
        )


def _ids(names: LabelNames, found: Sequence[str], rows_with: Callable[[str], str]) -> dict[str, int]:
    """Return the id of every label as the records write it. *rows_with* says in words where a label stands."""
    ids = {key: number for number, key in enumerate(names.keys)}
    strange = [label for label in found if label not in ids]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        near = suggestion(strange[0], list(names.keys))
        raise DataError(
            f"lacks the label {strange[0]!r}{more} of the records ({rows_with(strange[0])}).{near}",
            where=names.where,
            hint=names.mend,
        )
    return ids


def _refuse_unlabelled(records: RecordTable, found: Sequence[Any], of_record: np.ndarray) -> None:
    empty = next((number for number, answer in enumerate(found) if not answer), None)
    if empty is not None:
        places = records.locations(np.flatnonzero(of_record == empty))
        raise DataError(f"there is no label in {places}.", hint="Label the records or take them out.")


def _single_label(records: RecordTable, recipe: Recipe) -> TrueLabels:
    found, of_record = records.encoded("answer")
    _refuse_unlabelled(records, found, of_record)
    names = _label_names(recipe, found)
    ids = _ids(names, found, lambda label: records.locations(np.flatnonzero(of_record == found.index(label))))
    answers = [ids[label] for label in found]
    return TrueLabels.of(names, of_record, answers, [[number] for number in answers])


def _multi_label(records: RecordTable, recipe: Recipe) -> TrueLabels:
    found, of_record = _by_name(records, recipe)
    _refuse_unlabelled(records, found, of_record)
    known = list(dict.fromkeys(label for labels in found for label in labels))
    names = _label_names(recipe, known)
    ids = _ids(names, known, lambda label: _rows_with(records, found, of_record, label))
    answers = [sorted(ids[label] for label in labels) for labels in found]
    return TrueLabels.of(names, of_record, answers, answers)


def _regression(records: RecordTable, recipe: Recipe) -> TrueLabels:
    found, of_record = _decoded(records)
    names = tuple(recipe.targets)
    return TrueLabels.of(LabelNames(names, names, "data.targets"), of_record, found, [range(len(names))] * len(found))


def _by_name(records: RecordTable, recipe: Recipe) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Return the distinct answers by the names of their labels, and for each record which of them it has."""
    raw, of_record = _decoded(records)
    reading = Reading(recipe.data.label_keys or ())
    for answer in raw:
        reading.add(answer)
    ids: dict[tuple[str, ...], int] = {}
    of_raw = np.empty(len(raw), dtype=np.int64)
    for number, answer in enumerate(raw):
        try:
            of_raw[number] = ids.setdefault(tuple(reading.labels(answer)), len(ids))
        except BadAnswer as error:
            places = records.locations(np.flatnonzero(of_record == number))
            what = f"holds {error.found} in {places}; {error.wanted}."
            raise DataError(what, where=f"data.columns.labels {recipe.columns['labels']!r}") from error
    return list(ids), of_raw[of_record]


def _token(records: RecordTable, recipe: Recipe) -> TrueLabels:
    found, of_record = _decoded(records)
    types = sorted({kind for entities in found for *_, kind in entities})
    names = _label_names(recipe, types)
    _ids(names, types, lambda kind: _rows_with(records, [[one[2] for one in row] for row in found], of_record, kind))
    ids = {key: number for number, key in enumerate(names.keys)}
    answers = [[(start, end, ids[kind]) for start, end, kind in entities] for entities in found]
    held = [[kind for *_, kind in entities] for entities in answers]
    return TrueLabels.of(names, of_record, answers, held, labels=tag_names(names.published))


def _decoded(records: RecordTable) -> tuple[list[list[Any]], np.ndarray]:
    found, of_record = records.encoded("answer")
    return [json.loads(answer) for answer in found], of_record


def _rows_with(records: RecordTable, found: Sequence[Sequence[str]], of_record: np.ndarray, label: str) -> str:
    having = [number for number, labels in enumerate(found) if label in labels]
    return records.locations(np.flatnonzero(np.isin(of_record, having)))


_TRUE_LABELS: dict[str, Callable[[RecordTable, Recipe], TrueLabels]] = {
    "single-label": _single_label,
    "multi-label": _multi_label,
    "regression": _regression,
    "token": _token,
}
