"""The labels of a model, and which of them each record has."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hubpress.data.label_table import read_table, table_file
from hubpress.data.record_table import RecordTable
from hubpress.data.splitting import STAYS
from hubpress.errors import DataError
from hubpress.metrics.iob2 import OUTSIDE, tag_names
from hubpress.recipe.recipe import Recipe
from hubpress.text import suggestion

Parents = dict[str, dict[str, str]]
_FEWEST = 3  # one record for each split


@dataclass(frozen=True)
class LabelNames:
    """The labels in the order of their ids: as records write them, as they are published, with their parents."""

    keys: tuple[str, ...]
    published: tuple[str, ...]
    where: str
    """What lists them, in words for a message."""
    parents: Parents = field(default_factory=dict)


@dataclass(frozen=True)
class TrueLabels:
    """The answers of all records of a pool.

    ``codes`` holds for each row which of the ``distinct`` answers it has: a label's id, or a list of ids (sorted label
    ids, or one tag id a token). Labels are counted by ``classes``, a token model's entities by their types: answer
    number n has the classes ``held[starts[n]:starts[n + 1]]``.
    """

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    parents: Parents
    codes: np.ndarray
    distinct: list[Any]
    held: np.ndarray
    starts: np.ndarray

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """Return how often each class occurs in rows."""
        times = np.bincount(self.codes[rows], minlength=len(self.distinct))
        counted = np.bincount(self.held, np.repeat(times, np.diff(self.starts)), len(self.classes))
        counts: np.ndarray = counted.astype(np.int64)
        return counts

    def counted(self, rows: np.ndarray) -> dict[str, int]:
        """Return how often each class occurs in rows, by its name."""
        return dict(zip(self.classes, self.counts(rows).tolist(), strict=True))

    def rarest(self, rows: np.ndarray) -> np.ndarray:
        """Return for each row the class it is drawn by: its rarest one among *rows*, -1 where it has none.

        Where that class occurs less than three times the row stays in train: a label that is tested is learned.
        """
        counts = self.counts(rows)
        order = np.lexsort(
            (self.held, counts[self.held], np.repeat(np.arange(len(self.distinct)), np.diff(self.starts)))
        )
        filled = np.diff(self.starts) > 0
        rarest = np.full(len(self.distinct), -1)
        rarest[filled] = self.held[order][self.starts[:-1][filled]]
        rarest[filled & (counts[rarest] < _FEWEST)] = STAYS
        chosen: np.ndarray = rarest[self.codes[rows]]
        return chosen

    def shown(self, row: int) -> str:
        """Return a row's answer for a message."""
        ids = self.distinct[self.codes[row]]
        return self.labels[ids] if isinstance(ids, int) else ", ".join(self.labels[number] for number in ids)


def true_labels(pool: RecordTable, recipe: Recipe) -> TrueLabels:
    """Return the records' answers by the recipe's labels, its table's, or those found.

    Raises DataError for a record without a label, and for a label that the recipe or its table lacks.
    """
    return _TRUE_LABELS[recipe.task](pool, recipe)


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
    listed = data.labels or tuple(sorted(found))
    return LabelNames(listed, listed, "data.labels")


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
            hint="Add it or mend the records.",
        )
    return ids


def _refuse_unlabelled(pool: RecordTable, found: Sequence[Any], codes: np.ndarray) -> None:
    empty = next((number for number, answer in enumerate(found) if not answer), None)
    if empty is not None:
        places = pool.places(np.flatnonzero(codes == empty))
        raise DataError(f"there is no label in {places}.", hint="Label the records or take them out.")


def _single_label(pool: RecordTable, recipe: Recipe) -> TrueLabels:
    found, codes = pool.encoded("answer")
    _refuse_unlabelled(pool, found, codes)
    names = _label_names(recipe, found)
    ids = _ids(names, found, lambda label: pool.places(np.flatnonzero(codes == found.index(label))))
    distinct = [ids[label] for label in found]
    held, starts = _flat([[number] for number in distinct])
    return TrueLabels(names.published, names.published, names.parents, codes, distinct, held, starts)


def _multi_label(pool: RecordTable, recipe: Recipe) -> TrueLabels:
    found, codes = _decoded(pool)
    _refuse_unlabelled(pool, found, codes)
    known = list(dict.fromkeys(label for labels in found for label in labels))
    names = _label_names(recipe, known)
    ids = _ids(names, known, lambda label: _rows_with(pool, found, codes, label))
    distinct = [sorted(ids[label] for label in labels) for labels in found]
    held, starts = _flat(distinct)
    return TrueLabels(names.published, names.published, names.parents, codes, distinct, held, starts)


def _token(pool: RecordTable, recipe: Recipe) -> TrueLabels:
    found, codes = _decoded(pool)
    types = sorted({tag[2:] for tags in found for tag in tags if tag != OUTSIDE})
    names = _label_names(recipe, types)
    _ids(names, types, lambda kind: _rows_with(pool, found, codes, f"B-{kind}"))
    labels = tag_names(names.published)
    ids = {tag: number for number, tag in enumerate(tag_names(names.keys))}
    distinct = [[ids[tag] for tag in tags] for tags in found]
    begins = [[number // 2 for number in tags if number % 2] for tags in distinct]  # O, B-, I-, B-, I-, …
    return TrueLabels(labels, names.published, names.parents, codes, distinct, *_flat(begins))


def _decoded(pool: RecordTable) -> tuple[list[list[str]], np.ndarray]:
    found, codes = pool.encoded("answer")
    return [json.loads(answer) for answer in found], codes


def _rows_with(pool: RecordTable, found: Sequence[Sequence[str]], codes: np.ndarray, label: str) -> str:
    having = [number for number, labels in enumerate(found) if label in labels]
    return pool.places(np.flatnonzero(np.isin(codes, having)))


def _flat(lists: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return lists of ids as one array, and where each list begins (with the end of the last)."""
    starts = np.cumsum([0, *(len(numbers) for numbers in lists)])
    return np.array([number for numbers in lists for number in numbers], dtype=np.int64), starts


_TRUE_LABELS: dict[str, Callable[[RecordTable, Recipe], TrueLabels]] = {
    "single-label": _single_label,
    "multi-label": _multi_label,
    "token": _token,
}
