"""How rows become train, validation and test: the methods of ``data.split``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hubpress.errors import DataError
from hubpress.recipe.data import Split

SPLITS = ("train", "validation", "test")
_ALIASES = {"dev": "validation", "val": "validation", "valid": "validation", "eval": "validation"}

STAYS = -2  # the stratum of rows that no draw takes out of train

Splits = dict[str, np.ndarray]


@dataclass(frozen=True)
class SplitRows:
    """The rows to be split, as arrays of one length.

    ``indices`` says which rows they are, ``strata`` from which group each is drawn, ``words`` which of ``vocabulary``
    (a date, or a given split) each has, ``shares`` where between 0 and 1 its text's digest lies. ``classes`` names
    the strata where each must be drawn from; empty where small strata may be drawn from together. ``location`` turns
    an index into words for a message.
    """

    indices: np.ndarray
    strata: np.ndarray
    words: np.ndarray
    vocabulary: tuple[str, ...]
    shares: np.ndarray
    classes: tuple[str, ...]
    location: Callable[[int], str]

    def take(self, positions: np.ndarray) -> SplitRows:
        """Return the rows at *positions*, in that order."""
        cut = (self.indices[positions], self.strata[positions], self.words[positions])
        return SplitRows(*cut, self.vocabulary, self.shares[positions], self.classes, self.location)


def split_rows(split: Split, rows: SplitRows) -> Splits:
    """Return the indices of the rows of each split. Raises DataError when they cannot be split as asked."""
    parts = _METHODS[split.method](split, rows)
    for name in SPLITS:
        if len(parts[name].indices) == 0:
            raise DataError(
                f"the {name} split has no rows.", where="data.split", hint="Give more records or other sizes."
            )
    return {name: parts[name].indices for name in SPLITS}


def _drawn(split: Split, rows: SplitRows) -> dict[str, SplitRows]:
    rest, test = _draw(split, rows, size=split.test_size, name="test")
    train, validation = _draw(split, rest, size=split.validation_size, name="validation")
    return {"train": train, "validation": validation, "test": test}


def _draw(split: Split, rows: SplitRows, *, size: float | int, name: str) -> tuple[SplitRows, SplitRows]:
    """Draw rows as scikit-learn's train_test_split does, by strata: their order decides what is drawn."""
    from sklearn.model_selection import train_test_split

    free, strata = np.arange(len(rows.indices)), None
    if split.method != "random":
        _refuse_rare(rows)
        free = np.flatnonzero(rows.strata != STAYS)
        strata = rows.strata[free] if rows.classes else _joined(rows.strata[free], size)
    try:
        kept, drawn = train_test_split(free, test_size=size, random_state=split.seed, stratify=strata)
    except ValueError as error:
        raise DataError(
            f"the {name} split cannot be drawn from {len(free)} rows: {str(error).rstrip('.')}.",
            where=f"data.split.{name}_size",
            hint="Give another size, or more records.",
        ) from error
    staying = np.setdiff1d(np.arange(len(rows.indices)), free)
    return rows.take(np.concatenate([kept, staying])), rows.take(drawn)


def _refuse_rare(rows: SplitRows) -> None:
    counts = np.bincount(rows.strata, minlength=len(rows.classes)) if rows.classes else np.zeros(0)
    rare = [rows.classes[number] for number in np.flatnonzero(counts == 1)]
    if rare:
        raise DataError(
            f"too few records of {', '.join(rare[:5])} for a stratified split: a class needs at least three.",
            where="data.split",
            hint="Add records of it, take the class out, or use method: random.",
        )


def _joined(strata: np.ndarray, size: float | int) -> np.ndarray:
    """Return the strata with the smallest made one, as far as train_test_split needs it.

    It wants two rows of each stratum, and as many rows in either part as there are strata.
    """
    numbers, inverse, counts = np.unique(strata, return_inverse=True, return_counts=True)
    drawn = _count(size, len(strata))
    most = min(drawn, len(strata) - drawn)
    joined = max(len(numbers) - most + 1 if len(numbers) > most else 0, int(np.sum(counts < 2)))
    by_size = np.argsort(counts, kind="stable")
    if joined and counts[by_size[:joined]].sum() < 2:
        joined += 1
    names = np.arange(len(numbers))
    names[by_size[:joined]] = -1
    fewer: np.ndarray = names[inverse]
    return fewer


def _hashed(split: Split, rows: SplitRows) -> dict[str, SplitRows]:
    """Split by the texts' digests: a record stays where it is when others are added."""
    border = float(split.test_size)
    end = border + (1 - border) * float(split.validation_size)
    return {
        "train": rows.take(np.flatnonzero(rows.shares >= end)),
        "validation": rows.take(np.flatnonzero((rows.shares >= border) & (rows.shares < end))),
        "test": rows.take(np.flatnonzero(rows.shares < border)),
    }


def _chronological(split: Split, rows: SplitRows) -> dict[str, SplitRows]:
    import pandas as pd

    dates = pd.to_datetime(pd.Series(rows.vocabulary), errors="coerce", utc=True, format="mixed")
    unread = np.flatnonzero(dates.isna().to_numpy()[rows.words])
    if len(unread):
        first = int(unread[0])
        raise DataError(
            f"{len(unread)} date(s) cannot be read, for example {rows.vocabulary[rows.words[first]]!r} "
            f"in {rows.location(rows.indices[first])}.",
            where=f"data.split.column {split.column!r}",
            hint="Write dates as 2026-01-31.",
        )
    moments = dates.to_numpy()[rows.words]
    ordered = rows.take(np.argsort(moments, kind="stable"))
    count = len(ordered.indices)
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


def _given(split: Split, rows: SplitRows) -> dict[str, SplitRows]:
    names = np.array([_ALIASES.get(word.lower(), word.lower()) for word in rows.vocabulary])
    strange = np.flatnonzero(~np.isin(names, SPLITS)[rows.words])
    if len(strange):
        first = int(strange[0])
        raise DataError(
            f"{rows.location(rows.indices[first])} is in the split {rows.vocabulary[rows.words[first]]!r}.",
            where=f"data.split.column {split.column!r}",
            hint="Use train, validation and test.",
        )
    parts = {name: rows.take(np.flatnonzero((names == name)[rows.words])) for name in SPLITS}
    if len(parts["train"].indices) and not len(parts["validation"].indices):
        stratified = split.model_copy(update={"method": "stratified"})
        parts["train"], parts["validation"] = _draw(
            stratified, parts["train"], size=split.validation_size, name="validation"
        )
    return parts


_METHODS: dict[str, Callable[[Split, SplitRows], dict[str, SplitRows]]] = {
    "random": _drawn,
    "stratified": _drawn,
    "hashed": _hashed,
    "chronological": _chronological,
    "given": _given,
}
