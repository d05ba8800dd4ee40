"""Recipe -> train, validation and test splits on disk, with labels, counts and fingerprints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np

from hubpress.data.benchmark import refuse_unknown_tasks
from hubpress.data.labels import TrueLabels, true_labels
from hubpress.data.numbers import number_facts, refuse_constant, strata_of_numbers
from hubpress.data.record_table import RecordTable, digest_of_text
from hubpress.data.sources import commit_of
from hubpress.data.splitting import SPLITS, SplitRows, Splits, split_rows
from hubpress.data.stored import fingerprint_of, save_splits, split_table
from hubpress.errors import DataError
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import CONFLICTING, DatasetFacts, SplitFacts, SplitMethod
from hubpress.text import counted, listed, quoted

_MEASURED = 2
"""Records of the test split: of one alone nothing can be drawn again."""
_LABELS = 2


def prepare(recipe: Recipe, files: dict[str, list[str]], folder: Path, *, cache_dir: Path) -> SplitFacts:
    """Read, label, clean and split the records below *folder*; return what is known of them.

    *folder* is touched only when all is well; *cache_dir* is gone in any case. Raises DataError, with rows and
    columns named, for records that do not fit the recipe.
    """
    dataset = recipe.data.dataset
    commit = commit_of(dataset) if dataset else None
    if commit and recipe.evaluation.eval_results:
        refuse_unknown_tasks(recipe, commit)
    try:
        records = RecordTable.fill(recipe, files, cache_dir, commit=commit)
        truth = true_labels(records, recipe)
        dropped = dict(records.left_out.records)
        kept = _without_empty(records, recipe.data.empty_text, dropped)
        kept = _without_duplicates(records, kept, truth, recipe, dropped)
        _refuse_missing_classes(truth, kept, recipe)
        rows = _rows(records, kept, truth, recipe)
        outcome = split_rows(recipe.data.split, rows)
        splits = outcome.rows
        _refuse_unlearned(truth, splits, recipe)
        _refuse_unmeasured(truth, splits, recipe)
        if recipe.targets:
            refuse_constant(truth, splits)
        tables = {name: split_table(records, rows, truth, recipe, cache_dir / name) for name, rows in splits.items()}
        facts = SplitFacts(
            labels=truth.labels,
            counts={name: len(rows) for name, rows in splits.items()},
            label_counts={name: truth.counted(rows) for name, rows in splits.items()},
            fingerprints={name: fingerprint_of(table, recipe.kind.answer_column) for name, table in tables.items()},
            dropped=dropped,
            unread=dict(records.left_out.parts),
            split=SplitMethod(**recipe.data.split.model_dump()),
            groups=outcome.groups,
            dates=outcome.dates,
            notes=(*_notes_on_groups(records, rows, recipe), *outcome.notes),
            parents=truth.parents,
            padded=dict(records.padded) or None,
            targets={name: number_facts(truth, rows) for name, rows in splits.items()} if recipe.targets else None,
            dataset=DatasetFacts(path=dataset.path, name=dataset.name, commit=commit) if dataset and commit else None,
        )
        save_splits(tables, cache_dir / "splits", folder)
    finally:
        shutil.rmtree(cache_dir, ignore_errors=True)
    facts.save(folder / SPLITS_FACTS)
    return facts


def _without_empty(records: RecordTable, rule: str, dropped: dict[str, int]) -> np.ndarray:
    empty = records.without_text()
    if len(empty) and rule == "error":
        hint = "Mend the records, or set data.empty_text to drop to leave them out."
        raise DataError(f"there is no text in {records.locations(empty)}.", hint=hint)
    if len(empty):
        dropped["without text"] = len(empty)
    return np.setdiff1d(np.arange(len(records)), empty)


def _without_duplicates(
    records: RecordTable, kept: np.ndarray, truth: TrueLabels, recipe: Recipe, dropped: dict[str, int]
) -> np.ndarray:
    """A text that stands in two splits lets a model answer from memory: its figures would not be honest."""
    if recipe.data.duplicates == "keep":
        return kept
    _, first, inverse = np.unique(records.keys()[kept], return_index=True, return_inverse=True)
    firsts = kept[first][inverse]  # for every kept row, the first with its text
    twice = firsts != kept
    if not twice.any():
        return kept
    conflicting = truth.of_record[firsts] != truth.of_record[kept]
    if recipe.data.duplicates == "error":
        raise _repeated(records, truth, recipe, kept, firsts, conflicting)
    for reason, left_out in (("duplicates", twice & ~conflicting), (CONFLICTING, conflicting)):
        if left_out.any():
            dropped[reason] = int(left_out.sum())
    unique: np.ndarray = kept[~twice]
    return unique


def _repeated(
    records: RecordTable,
    truth: TrueLabels,
    recipe: Recipe,
    kept: np.ndarray,
    firsts: np.ndarray,
    conflicting: np.ndarray,
) -> DataError:
    """Return the refusal of texts that stand twice, *firsts* being the first row with the text of each kept one."""
    twice = firsts != kept
    position = int(np.flatnonzero(conflicting if conflicting.any() else twice)[0])
    row, other = int(kept[position]), int(firsts[position])
    what, how = ("number", "with") if recipe.targets else ("label", "labelled")
    labelled = f" ({how} {truth.in_words(other)} and {truth.in_words(row)})" if conflicting.any() else ""
    some = [f"{int(conflicting.sum())} with another {what}"] if conflicting.any() else []
    if recipe.data.split.group:
        _, group = records.encoded("group")
        if across := int(np.sum(group[firsts] != group[kept])):
            some.append(f"{across} in another {recipe.data.split.group}")
    of_them = f", {listed(some)}," if some else ""
    example = f"{records.locations([other, row])}{labelled}: {quoted(records.text(row), 60)}"
    repeated = counted(int(twice.sum()), "row repeats", "rows repeat")
    return DataError(
        f"{repeated} the text of another{of_them} and could stand in two splits, for example {example}.",
        hint="Mend them, or set data.duplicates to drop (the first is kept) or keep.",
    )


def _refuse_missing_classes(truth: TrueLabels, rows: np.ndarray, recipe: Recipe) -> None:
    unused = [label for label, count in truth.counted(rows).items() if not count]
    used = len(truth.classes) - len(unused)
    key, column = next(iter(reversed(recipe.columns.items())), ("label_columns", ""))
    where = f"data.columns.{key} {column!r}" if column else f"data.columns.{key}"
    if recipe.task == "token" and not used:
        raise DataError("the records hold no entity.", where=where, hint="Check the column, or tag the records.")
    if recipe.task not in ("token", "regression") and used < 2:
        raise DataError(
            f"the records hold {counted(used, 'class', 'classes')}; a classifier needs at least two.",
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


def _refuse_unlearned(truth: TrueLabels, splits: Splits, recipe: Recipe) -> None:
    """A label that train lacks is never answered; a positive one that a split lacks leaves nothing to measure."""
    counts = {name: truth.counted(rows) for name, rows in splits.items()}
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


def _refuse_unmeasured(truth: TrueLabels, splits: Splits, recipe: Recipe) -> None:
    """Nothing is trained, assembled and answered of which no figure, or no baseline, could be told in the end."""
    if (count := len(splits["test"])) < _MEASURED:
        few = counted(count, "record")
        raise DataError(
            f"the test split has {few}, too few to tell how sure a figure is: it takes at least {_MEASURED}.",
            where="data.split",
            hint="Give more records, or a larger test split.",
        )
    if recipe.task != "single-label":
        return
    counts = [truth.counted(splits[name]) for name in SPLITS[:2]]
    learned = [label for label in truth.labels if any(count[label] for count in counts)]
    if len(learned) < _LABELS:
        raise DataError(
            f"all records of the train and validation splits have the label {learned[0]!r}, and the baselines learn "
            f"from them what at least {_LABELS} labels are.",
            where="data.split",
            hint="Give more records, or use a stratified split.",
        )


def _rows(records: RecordTable, kept: np.ndarray, truth: TrueLabels, recipe: Recipe) -> SplitRows:
    """Return the kept rows with what the recipe's method splits them by."""
    split = recipe.data.split
    vocabulary, words = [""], np.zeros(len(records), dtype=np.int64)
    if split.method in ("chronological", "given"):
        vocabulary, words = records.encoded("word")
    group_names: list[str] = []
    groups, digests = np.zeros(len(records), dtype=np.int64), records.keys()
    if split.group:
        group_names, groups = records.encoded("group")
        _refuse_same_group(group_names, split.group)
        digests = np.array([digest_of_text(name, split.seed) for name in group_names])[groups]
    strata = strata_of_numbers(truth, kept) if recipe.targets else truth.rarest(kept)
    strict = recipe.task == "single-label" and recipe.data.unused_labels == "error"
    return SplitRows(
        indices=kept,
        strata=truth.only_label(kept) if strict else strata,
        words=words[kept],
        vocabulary=tuple(vocabulary),
        groups=groups[kept],
        group_names=tuple(group_names),
        shares=digests[kept] / 2.0**64 + 0.5,  # signed integers of 64 bits
        classes=truth.classes if strict else (),
        location=records.locations,
    )


def _refuse_same_group(names: list[str], column: str) -> None:
    """Raise DataError for a number that is written as a whole one and as a float: its records would be apart."""
    known = set(names)
    float_ones = ((name, name.partition(".")[0]) for name in names if re.fullmatch(r"-?\d+\.0+", name))
    twins = next(((whole, name) for name, whole in float_ones if whole in known), None)
    if twins:
        what = f"holds {twins[0]!r} and {twins[1]!r}, which are the same number."
        raise DataError(what, where=f"data.split.group {column!r}", hint="Write it in one way.")


def _notes_on_groups(records: RecordTable, rows: SplitRows, recipe: Recipe) -> list[str]:
    """Say where records that belong together may still be apart: names that hardly differ, texts of several groups."""
    notes, column = [], recipe.data.split.group
    alike: dict[str, list[str]] = {}
    for number in np.unique(rows.groups) if column else ():
        name = rows.group_names[number]
        alike.setdefault(" ".join(name.casefold().split()), []).append(name)
    if twins := [names for names in alike.values() if len(names) > 1]:
        one, other = twins[0][:2]
        more = f", and {len(twins) - 1} more such" if len(twins) > 1 else ""
        notes.append(f"{one!r} and {other!r}{more} are taken for two {column}s")
    if column and recipe.data.duplicates == "keep":
        keys = records.keys()[rows.indices]
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        if across := int(np.sum(rows.groups[first][inverse] != rows.groups)):
            notes.append(f"{counted(across, 'record repeats', 'records repeat')} a text of another {column}")
    return notes
