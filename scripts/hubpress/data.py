"""Recipe -> train, validation and test splits on disk, with labels, counts and fingerprints."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.errors import DataError
from hubpress.files import read_json, write_json
from hubpress.pool import Pool
from hubpress.recipe import Recipe
from hubpress.splitting import SPLITS as SPLITS
from hubpress.splitting import Rows, split_rows
from hubpress.training_arguments import suggestion

if TYPE_CHECKING:
    from datasets import Dataset

FACTS = "data.json"


@dataclass(frozen=True)
class DataFacts:
    """What is known of a model's records: label names in id order, rows a split and label, sha256 fingerprints."""

    labels: tuple[str, ...]
    counts: dict[str, int]
    label_counts: dict[str, dict[str, int]]
    fingerprints: dict[str, str]
    dropped: dict[str, int]
    split: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> DataFacts:
        """Read the facts that :func:`prepare` wrote."""
        facts = read_json(folder / FACTS)
        return cls(**{**facts, "labels": tuple(facts["labels"])})


def load_split(folder: Path, name: str) -> Dataset:
    """Return a prepared split, memory-mapped: columns ``text``, ``label`` (id) and ``row`` (in its file, from 1)."""
    from datasets import load_from_disk

    return load_from_disk(str(folder / name))


def prepare(recipe: Recipe, files: dict[str, list[str]], folder: Path, *, cache_dir: Path) -> DataFacts:
    """Read, label, clean and split the records below *folder*; return what is known of them.

    *folder* is touched only when all is well; *cache_dir* is gone in any case. Raises DataError, with rows and
    columns named, for records that do not fit the recipe.
    """
    try:
        pool = Pool.fill(recipe, files, cache_dir)
        labels, ids = _labelled(pool, recipe)
        dropped: dict[str, int] = {}
        kept = _without_empty(pool, recipe.data.empty_text, dropped)
        kept = _without_duplicates(pool, kept, ids, labels, recipe.data.duplicates, dropped)
        _refuse_missing_classes(labels, ids[kept], recipe)
        rows = Rows(kept, ids[kept], _words(pool, recipe)[kept], labels, lambda index: pool.places([index]))
        splits = split_rows(recipe.data.split, rows)
        tables = {name: _table(pool, indices, ids) for name, indices in splits.items()}
        facts = DataFacts(
            labels=labels,
            counts={name: len(indices) for name, indices in splits.items()},
            label_counts={name: _counted(ids[indices], labels) for name, indices in splits.items()},
            fingerprints={name: _fingerprint_of(table) for name, table in tables.items()},
            dropped=dropped,
            split=recipe.data.split.model_dump(),
        )
        _save(tables, cache_dir / "splits", folder)
    finally:
        shutil.rmtree(cache_dir, ignore_errors=True)
    write_json(folder / FACTS, asdict(facts))
    return facts


def fingerprint(rows: Iterable[tuple[str, int]]) -> str:
    """Return the sha256 (hex) of texts and label ids in their order."""
    digest = hashlib.sha256()
    for text, label in rows:
        digest.update(f"{len(text)}:{text}\t{label}\n".encode())
    return digest.hexdigest()


def _labelled(pool: Pool, recipe: Recipe) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the label names in id order, and the label id of every row."""
    found, codes = pool.encoded("label")
    if "" in found:
        unnamed = np.flatnonzero(codes == found.index(""))
        raise DataError(f"there is no label in {pool.places(unnamed)}.", hint="Label the records or take them out.")
    labels = recipe.data.labels or tuple(sorted(found))
    strange = [label for label in found if label not in labels]
    if strange:
        places = pool.places(np.flatnonzero(codes == found.index(strange[0])))
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise DataError(
            f"lacks the label {strange[0]!r}{more} of the records ({places}).{suggestion(strange[0], list(labels))}",
            where="data.labels",
            hint="Add it or mend the records.",
        )
    ids = {label: number for number, label in enumerate(labels)}
    return labels, np.array([ids[label] for label in found], dtype=np.int64)[codes]


def _without_empty(pool: Pool, rule: str, dropped: dict[str, int]) -> np.ndarray:
    empty = pool.without_text()
    if len(empty) and rule == "error":
        hint = "Mend the records, or set data.empty_text to drop to leave them out."
        raise DataError(f"there is no text in {pool.places(empty)}.", hint=hint)
    if len(empty):
        dropped["without text"] = len(empty)
    return np.setdiff1d(np.arange(len(pool)), empty)


def _without_duplicates(
    pool: Pool, kept: np.ndarray, ids: np.ndarray, labels: tuple[str, ...], rule: str, dropped: dict[str, int]
) -> np.ndarray:
    """A text that stands in two splits lets a model answer from memory: its figures would not be honest."""
    if rule == "keep":
        return kept
    _, keys = pool.encoded("key")
    _, first, inverse = np.unique(keys[kept], return_index=True, return_inverse=True)
    firsts = kept[first][inverse]  # for every kept row, the first with its text
    twice = firsts != kept
    if not twice.any():
        return kept
    if rule == "error":
        conflicting = ids[firsts] != ids[kept]
        position = int(np.flatnonzero(conflicting if conflicting.any() else twice)[0])
        row, other = int(kept[position]), int(firsts[position])
        labelled = f" (labelled {labels[ids[other]]} and {labels[ids[row]]})" if conflicting.any() else ""
        raise DataError(
            f"{int(twice.sum())} row(s) repeat the text of another and could stand in two splits, for example "
            f"{pool.places([other, row])}{labelled}: {pool.text(row)[:60]!r}.",
            hint="Mend them, or set data.duplicates to drop (the first is kept) or keep.",
        )
    dropped["duplicates"] = int(twice.sum())
    unique: np.ndarray = kept[~twice]
    return unique


def _refuse_missing_classes(labels: tuple[str, ...], ids: np.ndarray, recipe: Recipe) -> None:
    unused = [label for label, count in _counted(ids, labels).items() if not count]
    if len(labels) - len(unused) < 2:
        raise DataError(
            f"the records hold {len(labels) - len(unused)} class(es); a classifier needs at least two.",
            where=f"data.columns.label {recipe.data.columns.label!r}",
            hint="Check the column, or add records of another class.",
        )
    if unused:
        raise DataError(
            f"no record has the label {', '.join(unused)}.", where="data.labels", hint="Take it out or add records."
        )


def _words(pool: Pool, recipe: Recipe) -> np.ndarray:
    """Return each row's date or split name, for the methods that read one."""
    if recipe.data.split.method in ("random", "stratified"):
        return np.zeros(len(pool), dtype=np.int8)
    words, codes = pool.encoded("word")
    named: np.ndarray = np.array(words, dtype=object)[codes]
    return named


def _counted(ids: np.ndarray, labels: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(labels, np.bincount(ids, minlength=len(labels)).tolist(), strict=True))


def _table(pool: Pool, indices: np.ndarray, ids: np.ndarray) -> Dataset:
    table = pool.table.select(indices).select_columns(["text", "row"]).add_column("label", ids[indices].tolist())
    return table.select_columns(["text", "label", "row"])


def _fingerprint_of(table: Dataset) -> str:
    batches = table.iter(batch_size=1000)
    return fingerprint(row for batch in batches for row in zip(batch["text"], batch["label"], strict=True))


def _save(tables: dict[str, Dataset], fresh: Path, folder: Path) -> None:
    """Write the splits beside *folder* and put them in its place when all are whole."""
    for name, table in tables.items():
        table.save_to_disk(str(fresh / name))
    folder.mkdir(parents=True, exist_ok=True)
    for name in tables:
        shutil.rmtree(folder / name, ignore_errors=True)
        (fresh / name).rename(folder / name)
