"""Recipe -> train, validation and test splits on disk, with labels, counts and fingerprints."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hubpress.data.labels import TrueLabels, true_labels
from hubpress.data.record_table import RecordTable
from hubpress.data.splitting import SPLITS, SplitRows, Splits, split_rows
from hubpress.data.stored import fingerprint_of, save_splits, split_table
from hubpress.errors import DataError
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts, SplitMethod

if TYPE_CHECKING:
    pass


def prepare(recipe: Recipe, files: dict[str, list[str]], folder: Path, *, cache_dir: Path) -> SplitFacts:
    """Read, label, clean and split the records below *folder*; return what is known of them.

    *folder* is touched only when all is well; *cache_dir* is gone in any case. Raises DataError, with rows and
    columns named, for records that do not fit the recipe.
    """
    try:
        pool = RecordTable.fill(recipe, files, cache_dir)
        answers = true_labels(pool, recipe)
        dropped: dict[str, int] = {}
        kept = _without_empty(pool, recipe.data.empty_text, dropped)
        kept = _without_duplicates(pool, kept, answers, recipe.data.duplicates, dropped)
        _refuse_missing_classes(answers, kept, recipe)
        splits = split_rows(recipe.data.split, _rows(pool, kept, answers, recipe))
        _refuse_unlearned(answers, splits, recipe)
        tables = {name: split_table(pool, rows, answers, recipe, cache_dir / name) for name, rows in splits.items()}
        facts = SplitFacts(
            labels=answers.labels,
            counts={name: len(rows) for name, rows in splits.items()},
            label_counts={name: answers.counted(rows) for name, rows in splits.items()},
            fingerprints={name: fingerprint_of(table, recipe.kind.answer_column) for name, table in tables.items()},
            dropped=dropped,
            split=SplitMethod(**recipe.data.split.model_dump()),
            parents=answers.parents,
        )
        save_splits(tables, cache_dir / "splits", folder)
    finally:
        shutil.rmtree(cache_dir, ignore_errors=True)
    facts.save(folder / SPLITS_FACTS)
    return facts


def _without_empty(pool: RecordTable, rule: str, dropped: dict[str, int]) -> np.ndarray:
    empty = pool.without_text()
    if len(empty) and rule == "error":
        hint = "Mend the records, or set data.empty_text to drop to leave them out."
        raise DataError(f"there is no text in {pool.places(empty)}.", hint=hint)
    if len(empty):
        dropped["without text"] = len(empty)
    return np.setdiff1d(np.arange(len(pool)), empty)


def _without_duplicates(
    pool: RecordTable, kept: np.ndarray, answers: TrueLabels, rule: str, dropped: dict[str, int]
) -> np.ndarray:
    """A text that stands in two splits lets a model answer from memory: its figures would not be honest."""
    if rule == "keep":
        return kept
    _, first, inverse = np.unique(pool.keys()[kept], return_index=True, return_inverse=True)
    firsts = kept[first][inverse]  # for every kept row, the first with its text
    twice = firsts != kept
    if not twice.any():
        return kept
    if rule == "error":
        conflicting = answers.codes[firsts] != answers.codes[kept]
        position = int(np.flatnonzero(conflicting if conflicting.any() else twice)[0])
        row, other = int(kept[position]), int(firsts[position])
        labelled = f" (labelled {answers.shown(other)} and {answers.shown(row)})" if conflicting.any() else ""
        raise DataError(
            f"{int(twice.sum())} row(s) repeat the text of another and could stand in two splits, for example "
            f"{pool.places([other, row])}{labelled}: {pool.text(row)[:60]!r}.",
            hint="Mend them, or set data.duplicates to drop (the first is kept) or keep.",
        )
    dropped["duplicates"] = int(twice.sum())
    unique: np.ndarray = kept[~twice]
    return unique


def _refuse_missing_classes(answers: TrueLabels, rows: np.ndarray, recipe: Recipe) -> None:
    unused = [label for label, count in answers.counted(rows).items() if not count]
    used = len(answers.classes) - len(unused)
    key, column = next(iter(reversed(recipe.columns.items())))
    where = f"data.columns.{key} {column!r}"
    if recipe.task == "token" and not used:
        raise DataError("the records hold no entity.", where=where, hint="Check the column, or tag the records.")
    if recipe.task != "token" and used < 2:
        raise DataError(
            f"the records hold {used} class(es); a classifier needs at least two.",
            where=where,
            hint="Check the column, or add records of another class.",
        )
    if unused and recipe.data.unused_labels == "error":
        more = f" and {len(unused) - 5} more" if len(unused) > 5 else ""
        listed = next(
            name for name in ("label_table", "label_names", "labels") if getattr(recipe.data, name) or name == "labels"
        )
        raise DataError(
            f"no record has the label {', '.join(unused[:5])}{more}.",
            where=f"data.{listed}",
            hint="Take it out, add records, or set data.unused_labels to keep.",
        )


def _refuse_unlearned(answers: TrueLabels, splits: Splits, recipe: Recipe) -> None:
    """A label that train lacks is never answered; a positive one that a split lacks leaves nothing to measure."""
    counts = {name: answers.counted(rows) for name, rows in splits.items()}
    unseen = [label for label, count in counts["train"].items() if not count]
    if unseen and recipe.data.unused_labels == "error":
        raise DataError(
            f"the train split has no record of {', '.join(unseen[:5])}.",
            where="data.split",
            hint="Use a stratified split, another seed, or more records.",
        )
    positive = recipe.decision.positive
    lacking = [name for name in SPLITS if positive and not counts[name][positive]]
    if lacking:
        raise DataError(
            f"the {lacking[0]} split has no record of the positive label {positive!r}.",
            where="data.split",
            hint="Give more positive records, or other sizes.",
        )


def _rows(pool: RecordTable, kept: np.ndarray, answers: TrueLabels, recipe: Recipe) -> SplitRows:
    """Return the kept rows with what the recipe's method splits them by."""
    method = recipe.data.split.method
    vocabulary, words = [""], np.zeros(len(pool), dtype=np.int64)
    if method in ("chronological", "given"):
        vocabulary, words = pool.encoded("word")
    strict = recipe.task == "single-label" and recipe.data.unused_labels == "error"
    return SplitRows(
        kept,
        answers.held[answers.codes[kept]] if strict else answers.rarest(kept),
        words[kept],
        tuple(vocabulary),
        pool.keys()[kept] / 2.0**64 + 0.5,  # signed integers of 64 bits
        answers.classes if strict else (),
        lambda index: pool.places([index]),
    )
