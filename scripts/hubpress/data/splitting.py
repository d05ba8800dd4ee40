"""How rows become train, validation and test: the methods of ``data.split``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hubpress.data.by_date import by_date, groups_by_date
from hubpress.data.dates import DateColumn, read_dates
from hubpress.data.grouped import Groups, draw_groups
from hubpress.errors import DataError
from hubpress.recipe.data import Split
from hubpress.text import counted

SPLITS = ("train", "validation", "test")
_ALIASES = {"dev": "validation", "val": "validation", "valid": "validation", "eval": "validation"}

STAYS = -2  # the stratum of rows that no draw takes out of train

Splits = dict[str, np.ndarray]


@dataclass(frozen=True)
class SplitRows:
    """The rows to be split, as arrays of one length.

    ``indices`` says which rows they are, ``strata`` from which class each is drawn, ``words`` which of ``vocabulary``
    (a date, or a given split) each has, ``groups`` which of ``group_names``, ``shares`` where between 0 and 1 the
    digest of its text (of its group) lies. ``classes`` names the strata where each must be drawn from; empty where
    small strata may be drawn from together. ``location`` turns indices into words for a message.
    """

    indices: np.ndarray
    strata: np.ndarray
    words: np.ndarray
    vocabulary: tuple[str, ...]
    groups: np.ndarray
    group_names: tuple[str, ...]
    shares: np.ndarray
    classes: tuple[str, ...]
    location: Callable[[np.ndarray], str]

    def __len__(self) -> int:
        return len(self.indices)

    def take(self, positions: np.ndarray) -> SplitRows:
        """Return the rows at *positions*, in that order."""
        arrays = ("indices", "strata", "words", "groups", "shares")
        return replace(self, **{name: getattr(self, name)[positions] for name in arrays})


@dataclass
class Outcome:
    """What came of a split: the rows of each, and what there is to say of them."""

    parts: dict[str, SplitRows]
    notes: list[str]
    """What is otherwise than one would think, each in some words."""
    dates: dict[str, tuple[str, str]] | None = None
    """The oldest and the newest date of each split, where they were read."""

    @property
    def rows(self) -> Splits:
        """Return the indices of the rows of each split."""
        return {name: self.parts[name].indices for name in SPLITS}

    @property
    def groups(self) -> dict[str, int] | None:
        """Return how many groups each split has; None where rows are split one by one."""
        named = any(part.group_names for part in self.parts.values())
        return {name: len(np.unique(self.parts[name].groups)) for name in SPLITS} if named else None


def split_rows(split: Split, rows: SplitRows) -> Outcome:
    """Return the rows of each split. Raises DataError when they cannot be split as asked."""
    _refuse_bad_groups(split, rows)
    outcome = _METHODS[split.method](split, rows)
    for name in SPLITS:
        if len(outcome.parts[name]) == 0:
            given = "Give records for it that stand in no other split: data.duplicates: drop takes away those that do."
            hint = given if split.method == "given" else "Give more records or other sizes."
            raise DataError(f"the {name} split has no rows.", where="data.split", hint=hint)
    if split.group and split.method != "given":
        _note_missed(split, rows, outcome)
    return outcome


def _refuse_bad_groups(split: Split, rows: SplitRows) -> None:
    where = f"data.split.group {split.group!r}"
    if "" in rows.group_names:
        nameless = rows.indices[rows.groups == rows.group_names.index("")]
        if len(nameless):
            raise DataError(
                f"{counted(len(nameless), 'record has', 'records have')} no {split.group}: {rows.location(nameless)}.",
                where=where,
                hint="Fill it in, with a name of its own where nothing is known, or take the records out.",
            )
    count = len(np.unique(rows.groups))
    if split.group and split.method != "given" and count < len(SPLITS):
        raise DataError(
            f"the records have {counted(count, split.group)}, which cannot be in three splits.",
            where=where,
            hint="Give records of others, or choose another column.",
        )


def _note_missed(split: Split, rows: SplitRows, outcome: Outcome) -> None:
    """Say where groups that stay whole have led away from the sizes asked for."""
    rest, sizes = len(rows), np.bincount(rows.groups)
    for name, size in (("test", split.test_size), ("validation", split.validation_size)):
        asked, got = _count(size, rest), len(outcome.parts[name])
        rest -= got
        if abs(got - asked) > max(1, asked // 4):
            largest = int(sizes.argmax())
            outcome.notes.append(
                f"{name} has {got} records where {asked} were asked for, since no {split.group} is divided "
                f"({rows.group_names[largest]!r} alone has {sizes[largest]})"
            )


def _drawn(split: Split, rows: SplitRows) -> Outcome:
    _refuse_sizes(split, rows)
    rest, test = _draw(split, rows, size=split.test_size, name="test")
    train, validation = _draw(split, rest, size=split.validation_size, name="validation")
    return Outcome({"train": train, "validation": validation, "test": test}, [])


def _refuse_sizes(split: Split, rows: SplitRows) -> tuple[int, int]:
    """Return how many rows are asked for test and for validation; raises DataError where none is left to train on."""
    test = _count(split.test_size, len(rows))
    validation = _count(split.validation_size, max(len(rows) - test, 0))
    if len(rows) - test < 1 or len(rows) - test - validation < 1:
        asked = f"test_size {split.test_size} and validation_size {split.validation_size}"
        raise DataError(
            f"{counted(len(rows), 'record leaves', 'records leave')} none to train on with {asked}.",
            where="data.split",
            hint="Make them smaller, or give more records.",
        )
    return test, validation


def _draw(split: Split, rows: SplitRows, *, size: float | int, name: str) -> tuple[SplitRows, SplitRows]:
    """Draw rows as scikit-learn does, by strata: their order decides what is drawn."""
    if rows.group_names:
        return _draw_whole_groups(split, rows, size=size, name=name)
    from sklearn.model_selection import train_test_split

    free, strata = np.arange(len(rows)), None
    if split.method != "random":
        _refuse_rare(rows)
        free = np.flatnonzero(rows.strata != STAYS)
    asked = _count(size, len(free))
    if asked >= len(free):
        stay = f" ({len(rows) - len(free)} others stay in train, for their label has fewer than three)"
        raise _too_many(name, asked, f"{counted(len(free), 'record')}{stay if len(free) < len(rows) else ''}")
    if split.method != "random":
        strata = rows.strata[free] if rows.classes else _joined(rows.strata[free], size)
        if rows.classes and len(np.unique(strata)) > min(asked, len(free) - asked):
            raise _too_many(name, asked, f"{len(free)} records with some of each of {len(np.unique(strata))} classes")
    kept, drawn = train_test_split(free, test_size=size, random_state=split.seed, stratify=strata)
    staying = np.setdiff1d(np.arange(len(rows)), free)
    return rows.take(np.concatenate([kept, staying])), rows.take(drawn)


def _too_many(name: str, asked: int, of: str) -> DataError:
    return DataError(
        f"{counted(asked, 'record')} for {name} cannot be drawn from {of}.",
        where=f"data.split.{name}_size",
        hint="Give another size, or more records.",
    )


def _refuse_rare(rows: SplitRows) -> None:
    counts = np.bincount(rows.strata, minlength=len(rows.classes)) if rows.classes else np.zeros(0)
    _refuse_few([rows.classes[number] for number in np.flatnonzero(counts == 1)], "records")


def _refuse_few(rare: list[str], what: str) -> None:
    if rare:
        raise DataError(
            f"too few {what} of {', '.join(rare[:5])} for a stratified split: a class needs at least three.",
            where="data.split",
            hint="Add records of it, take the class out, or use method: random.",
        )


def _draw_whole_groups(split: Split, rows: SplitRows, *, size: float | int, name: str) -> tuple[SplitRows, SplitRows]:
    stratified, leave = split.method != "random", 2 if name == "test" else 1
    if stratified and rows.classes and name == "test":
        held = np.unique(rows.groups * len(rows.classes) + rows.strata) % len(rows.classes)
        counts = np.bincount(held, minlength=len(rows.classes))
        few = np.flatnonzero((counts > 0) & (counts < len(SPLITS)))
        _refuse_few([rows.classes[number] for number in few], f"{split.group}s")
    asked = _count(size, len(rows))
    if asked >= len(rows):
        raise _too_many(name, asked, counted(len(rows), "record"))
    strata = rows.strata if stratified else np.zeros(len(rows), dtype=np.int64)
    groups = Groups.of(rows.groups, strata)
    staying = np.flatnonzero(strata == STAYS)
    drawn = draw_groups(
        groups, strata if stratified else None, asked=asked, leave=leave, seed=split.seed, staying=staying
    )
    if drawn is None:
        count = len(groups.sizes)
        why = f"there are {count}" if count <= leave else "each is the only one with records of some label"
        raise DataError(
            f"no {split.group} can be drawn for {name}: {why}.",
            where=f"data.split.group {split.group!r}",
            hint="Give more records, or choose another column.",
        )
    positions = groups.rows_in(drawn)
    return rows.take(np.setdiff1d(np.arange(len(rows)), positions)), rows.take(positions)


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


def _hashed(split: Split, rows: SplitRows) -> Outcome:
    """Split by the digests of texts or groups: a record stays where it is when others are added."""
    border = float(split.test_size)
    end = border + (1 - border) * float(split.validation_size)
    parts = {
        "train": rows.take(np.flatnonzero(rows.shares >= end)),
        "validation": rows.take(np.flatnonzero((rows.shares >= border) & (rows.shares < end))),
        "test": rows.take(np.flatnonzero(rows.shares < border)),
    }
    return Outcome(parts, [])


def _chronological(split: Split, rows: SplitRows) -> Outcome:
    """Split by dates, groups by their newest one; of one date, by the order in which the records stand."""
    used = np.unique(rows.words)
    column = DateColumn(
        str(split.column),
        [rows.vocabulary[number] for number in used],
        lambda numbers: rows.indices[np.isin(rows.words, used[list(numbers)])],
        rows.location,
    )
    dates = read_dates(column, split.date_format)
    moments = dates.moments[np.searchsorted(used, rows.words)]
    test, validation = _refuse_sizes(split, rows)
    positions = (
        groups_by_date(moments, rows.groups, test=test, validation=validation)
        if rows.group_names
        else by_date(moments, test=test, validation=validation)
    )
    spans = {name: (int(moments[taken].min()), int(moments[taken].max())) for name, taken in positions.items()}
    outcome = Outcome({name: rows.take(taken) for name, taken in positions.items()}, [])
    outcome.dates = {name: (dates.text(first), dates.text(last)) for name, (first, last) in spans.items()}
    if dates.pattern:
        outcome.notes.append(f"dates read as {dates.pattern}")
    for older, newer in (("train", "validation"), ("validation", "test")):
        if rows.group_names and (early := int(np.sum(moments[positions[newer]] < spans[older][1]))):
            outcome.notes.append(
                f"{counted(early, f'record of {newer} is', f'records of {newer} are')} older than the newest of "
                f"{older}: each {split.group} goes by its newest"
            )
        elif not rows.group_names and spans[older][1] == spans[newer][0]:
            outcome.notes.append(
                f"{dates.text(spans[newer][0])} is in {older} and {newer}, by the order of the records"
            )
    return outcome


def _count(size: float | int, rows: int) -> int:
    """Count rows as scikit-learn does: a fraction is rounded up."""
    return size if isinstance(size, int) else math.ceil(size * rows)


def _given(split: Split, rows: SplitRows) -> Outcome:
    names = np.array([_ALIASES.get(word.lower(), word.lower()) for word in rows.vocabulary])
    strange = np.flatnonzero(~np.isin(names, SPLITS)[rows.words])
    if len(strange):
        same = rows.indices[rows.words == rows.words[strange[0]]]
        raise DataError(
            f"{rows.location(same)} {'is' if len(same) == 1 else 'are'} in the split "
            f"{rows.vocabulary[rows.words[strange[0]]]!r}.",
            where=f"data.split.column {split.column!r}",
            hint="Use train, validation and test.",
        )
    parts = {name: rows.take(np.flatnonzero((names == name)[rows.words])) for name in SPLITS}
    if rows.group_names:
        _refuse_divided(split, parts)
    if len(parts["train"]) and not len(parts["validation"]):
        stratified = split.model_copy(update={"method": "stratified"})
        parts["train"], parts["validation"] = _draw(
            stratified, parts["train"], size=split.validation_size, name="validation"
        )
    return Outcome(parts, [])


def _refuse_divided(split: Split, parts: dict[str, SplitRows]) -> None:
    """Refuse groups that lie in two of the splits that are given."""
    holders: dict[int, list[str]] = defaultdict(list)
    for name, part in parts.items():
        for group in np.unique(part.groups).tolist():
            holders[group].append(name)
    divided = [group for group, names in holders.items() if len(names) > 1]
    if divided:
        first = divided[0]
        shown = " and ".join(
            f"in {name} ({part.location(part.indices[part.groups == first][:1])})"
            for name, part in ((name, parts[name]) for name in holders[first])
        )
        more = f" {len(divided)} {split.group}s are in several splits." if len(divided) > 1 else ""
        raise DataError(
            f"{parts['train'].group_names[first]!r} is {shown}.{more}",
            where=f"data.split.group {split.group!r}",
            hint="Move the records of each into one split, or let hubpress draw the splits.",
        )


_METHODS: dict[str, Callable[[Split, SplitRows], Outcome]] = {
    "random": _drawn,
    "stratified": _drawn,
    "hashed": _hashed,
    "chronological": _chronological,
    "given": _given,
}
