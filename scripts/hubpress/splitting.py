"""How rows become train, validation and test: the four methods of ``data.split``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubpress.errors import DataError
from hubpress.recipe import Split

SPLITS = ("train", "validation", "test")
_ALIASES = {"dev": "validation", "val": "validation", "valid": "validation", "eval": "validation"}

Splits = dict[str, np.ndarray]


@dataclass(frozen=True)
class Rows:
    """The rows to be split, as arrays of one length.

    ``indices`` says which rows they are, ``ids`` which of ``labels`` each has, ``words`` its date or given split;
    ``place`` turns an index into words for a message.
    """

    indices: np.ndarray
    ids: np.ndarray
    words: np.ndarray
    labels: tuple[str, ...]
    place: Callable[[int], str]

    def take(self, positions: np.ndarray) -> Rows:
        """Return the rows at *positions*, in that order."""
        return Rows(self.indices[positions], self.ids[positions], self.words[positions], self.labels, self.place)


def split_rows(split: Split, rows: Rows) -> Splits:
    """Return the indices of the rows of each split. Raises DataError when they cannot be split as asked."""
    parts = _METHODS[split.method](split, rows)
    for name in SPLITS:
        if len(parts[name].indices) == 0:
            raise DataError(
                f"the {name} split has no rows.", where="data.split", hint="Give more records or other sizes."
            )
    unseen = np.setdiff1d(np.arange(len(rows.labels)), parts["train"].ids)
    if len(unseen):
        raise DataError(
            f"the train split has no record of {', '.join(rows.labels[number] for number in unseen[:5])}.",
            where="data.split",
            hint="Use a stratified split, another seed, or more records.",
        )
    return {name: parts[name].indices for name in SPLITS}


def _drawn(split: Split, rows: Rows) -> dict[str, Rows]:
    rest, test = _draw(split, rows, size=split.test_size, name="test")
    train, validation = _draw(split, rest, size=split.validation_size, name="validation")
    return {"train": train, "validation": validation, "test": test}


def _draw(split: Split, rows: Rows, *, size: float | int, name: str) -> tuple[Rows, Rows]:
    """Draw rows as scikit-learn's train_test_split does, by label ids: the ids' order decides what is drawn."""
    from sklearn.model_selection import train_test_split

    stratified = split.method != "random"
    if stratified:
        counts = np.bincount(rows.ids, minlength=len(rows.labels))
        rare = [rows.labels[number] for number in np.flatnonzero(counts == 1)]
        if rare:
            raise DataError(
                f"too few records of {', '.join(rare[:5])} for a stratified split: a class needs at least three.",
                where="data.split",
                hint="Add records of it, take the class out, or use method: random.",
            )
    try:
        kept, drawn = train_test_split(
            np.arange(len(rows.ids)), test_size=size, random_state=split.seed, stratify=rows.ids if stratified else None
        )
    except ValueError as error:
        raise DataError(
            f"the {name} split cannot be drawn from {len(rows.ids)} rows: {str(error).rstrip('.')}.",
            where=f"data.split.{name}_size",
            hint="Give another size, or more records.",
        ) from error
    return rows.take(kept), rows.take(drawn)


def _chronological(split: Split, rows: Rows) -> dict[str, Rows]:
    import pandas as pd

    moments = pd.to_datetime(pd.Series(rows.words), errors="coerce", utc=True, format="mixed")
    unread = np.flatnonzero(moments.isna())
    if len(unread):
        first = int(unread[0])
        raise DataError(
            f"{len(unread)} date(s) cannot be read, for example {rows.words[first]!r} "
            f"in {rows.place(rows.indices[first])}.",
            where=f"data.split.column {split.column!r}",
            hint="Write dates as 2026-01-31.",
        )
    ordered = rows.take(np.argsort(moments.to_numpy(), kind="stable"))
    count = len(ordered.ids)
    border = count - _count(split.test_size, count)
    end = border - _count(split.validation_size, border)
    if end <= 0:
        raise DataError("the sizes leave no record to train on.", where="data.split", hint="Make them smaller.")
    return {
        "train": ordered.take(np.arange(end)),
        "validation": ordered.take(np.arange(end, border)),
        "test": ordered.take(np.arange(border, count)),
    }


def _count(size: float | int, rows: int) -> int:
    """Count rows as scikit-learn does: a fraction is rounded up."""
    return size if isinstance(size, int) else math.ceil(size * rows)


def _given(split: Split, rows: Rows) -> dict[str, Rows]:
    words, inverse = np.unique(rows.words, return_inverse=True)
    names = np.array([_ALIASES.get(str(word).lower(), str(word).lower()) for word in words], dtype=object)
    strange = np.flatnonzero(~np.isin(names[inverse].astype(str), SPLITS))
    if len(strange):
        first = int(strange[0])
        raise DataError(
            f"{rows.place(rows.indices[first])} is in the split {rows.words[first]!r}.",
            where=f"data.split.column {split.column!r}",
            hint="Use train, validation and test.",
        )
    parts = {name: rows.take(np.flatnonzero(names[inverse] == name)) for name in SPLITS}
    if len(parts["train"].ids) and not len(parts["validation"].ids):
        stratified = split.model_copy(update={"method": "stratified"})
        parts["train"], parts["validation"] = _draw(
            stratified, parts["train"], size=split.validation_size, name="validation"
        )
    return parts


_METHODS: dict[str, Callable[[Split, Rows], dict[str, Rows]]] = {
    "random": _drawn,
    "stratified": _drawn,
    "chronological": _chronological,
    "given": _given,
}
