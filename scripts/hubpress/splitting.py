"""How rows become train, validation and test: the four methods of ``data.split``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hubpress.errors import DataError
from hubpress.recipe import Split

_ALIASES = {"dev": "validation", "val": "validation", "valid": "validation", "eval": "validation"}


class Splittable(Protocol):
    """What a row must say to be split."""

    @property
    def label(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def given_split(self) -> str | None: ...
    @property
    def moment(self) -> str | None: ...


R = TypeVar("R", bound=Splittable)


def split_rows(split: Split, rows: Sequence[R], ids: dict[str, int]) -> dict[str, list[R]]:
    """Return the rows by split name. Raises DataError when they cannot be split as asked."""
    methods: dict[str, Callable[[Split, Sequence[R], dict[str, int]], dict[str, list[R]]]] = {
        "random": _drawn,
        "stratified": _drawn,
        "chronological": _chronological,
        "given": _given,
    }
    return methods[split.method](split, rows, ids)


def _drawn(split: Split, rows: Sequence[R], ids: dict[str, int]) -> dict[str, list[R]]:
    rest, test = _draw(split, rows, ids, size=split.test_size, name="test")
    train, validation = _draw(split, rest, ids, size=split.validation_size, name="validation")
    return {"train": train, "validation": validation, "test": test}


def _draw(split: Split, rows: Sequence[R], ids: dict[str, int], *, size: float | int, name: str) -> tuple[list[R], list[R]]:
    """Draw rows as scikit-learn's train_test_split does, by label ids: the ids' order decides what is drawn."""
    from sklearn.model_selection import train_test_split

    strata = None
    if split.method != "random":
        strata = [ids[row.label] for row in rows]
        rare = sorted(label for label, count in Counter(row.label for row in rows).items() if count < 2)
        if rare:
            raise DataError(
                f"too few records of {', '.join(rare[:5])} for a stratified split: a class needs at least three.",
                where="data.split",
                hint="Add records of it, take the class out, or use method: random.",
            )
    try:
        kept, drawn = train_test_split(list(range(len(rows))), test_size=size, random_state=split.seed, stratify=strata)
    except ValueError as error:
        raise DataError(f"the {name} split cannot be drawn: {error}", where="data.split") from error
    return [rows[index] for index in kept], [rows[index] for index in drawn]


def _chronological(split: Split, rows: Sequence[R], ids: dict[str, int]) -> dict[str, list[R]]:
    import pandas as pd

    moments = pd.to_datetime(pd.Series([row.moment for row in rows]), errors="coerce", utc=True, format="mixed")
    unread = [rows[int(index)] for index in moments.index[moments.isna()]]
    if unread:
        raise DataError(
            f"{len(unread)} date(s) cannot be read, for example {unread[0].moment!r} in row {unread[0].row}.",
            where=f"data.split.column {split.column!r}",
            hint="Write dates as 2026-01-31.",
        )
    order = [rows[int(index)] for index in moments.sort_values(kind="stable").index]
    test = _count(split.test_size, len(order))
    validation = _count(split.validation_size, len(order) - test)
    if test + validation >= len(order):
        raise DataError("the sizes leave no record to train on.", where="data.split", hint="Make them smaller.")
    border = len(order) - test
    return {"train": order[: border - validation], "validation": order[border - validation : border], "test": order[border:]}


def _count(size: float | int, rows: int) -> int:
    """Count rows as scikit-learn does: a fraction is rounded up."""
    return size if isinstance(size, int) else -int(-size * rows // 1)


def _given(split: Split, rows: Sequence[R], ids: dict[str, int]) -> dict[str, list[R]]:
    splits: dict[str, list[R]] = {"train": [], "validation": [], "test": []}
    for row in rows:
        word = (row.given_split or row.moment or "").lower()
        name = _ALIASES.get(word, word)
        if name not in splits:
            raise DataError(
                f"row {row.row} is in the split {word!r}.", where=f"data.split.column {split.column!r}",
                hint="Use train, validation and test.",
            )
        splits[name].append(row)
    if splits["train"] and not splits["validation"]:
        stratified = split.model_copy(update={"method": "stratified"})
        splits["train"], splits["validation"] = _draw(stratified, splits["train"], ids, size=split.validation_size, name="validation")
    return splits
