"""Recipe -> train, validation and test splits on disk, with labels, counts and fingerprints."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.errors import DataError
from hubpress.files import read_json, write_json
from hubpress.labels import Answers, answers_of
from hubpress.pool import Pool
from hubpress.recipe import Recipe
from hubpress.splitting import SPLITS as SPLITS
from hubpress.splitting import Rows, Splits, split_rows

if TYPE_CHECKING:
    from datasets import Dataset

FACTS = "data.json"
_BATCH = 10_000

# The column of a task's answers in the splits.
ANSWER = {"single-label": "label", "multi-label": "labels", "token": "tags"}


@dataclass(frozen=True)
class DataFacts:
    """What is known of a model's records: label names in id order (a token model's IOB2 tags), rows a split, records a
    split and label (a token model: entities a split and type), sha256 fingerprints, and what was dropped.

    ``parents`` holds for each label its parent on each level, where there is a label table with parents.
    """

    labels: tuple[str, ...]
    counts: dict[str, int]
    label_counts: dict[str, dict[str, int]]
    fingerprints: dict[str, str]
    dropped: dict[str, int]
    split: dict[str, Any]
    parents: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> DataFacts:
        """Read the facts that :func:`prepare` wrote."""
        facts = read_json(folder / FACTS)
        return cls(**{**facts, "labels": tuple(facts["labels"])})


def load_split(folder: Path, name: str) -> Dataset:
    """Return a prepared split, memory-mapped.

    Its columns are ``text``, the answer (``label``: an id; ``labels``: sorted ids; or ``tags``: one id a token, beside
    ``tokens``) and ``row`` (in its file, from 1); and ``record``, the fields of the input template as JSON, where the
    recipe has ``evaluation.inputs``.
    """
    from datasets import load_from_disk

    return load_from_disk(str(folder / name))


def prepare(recipe: Recipe, files: dict[str, list[str]], folder: Path, *, cache_dir: Path) -> DataFacts:
    """Read, label, clean and split the records below *folder*; return what is known of them.

    *folder* is touched only when all is well; *cache_dir* is gone in any case. Raises DataError, with rows and
    columns named, for records that do not fit the recipe.
    """
    try:
        pool = Pool.fill(recipe, files, cache_dir)
        answers = answers_of(pool, recipe)
        dropped: dict[str, int] = {}
        kept = _without_empty(pool, recipe.data.empty_text, dropped)
        kept = _without_duplicates(pool, kept, answers, recipe.data.duplicates, dropped)
        _refuse_missing_classes(answers, kept, recipe)
        splits = split_rows(recipe.data.split, _rows(pool, kept, answers, recipe))
        _refuse_unlearned(answers, splits, recipe)
        tables = {name: _table(pool, rows, answers, recipe, cache_dir / name) for name, rows in splits.items()}
        facts = DataFacts(
            labels=answers.labels,
            counts={name: len(rows) for name, rows in splits.items()},
            label_counts={name: answers.counted(rows) for name, rows in splits.items()},
            fingerprints={name: _fingerprint_of(table, ANSWER[recipe.task]) for name, table in tables.items()},
            dropped=dropped,
            split=recipe.data.split.model_dump(),
            parents=answers.parents,
        )
        _save(tables, cache_dir / "splits", folder)
    finally:
        shutil.rmtree(cache_dir, ignore_errors=True)
    write_json(folder / FACTS, asdict(facts))
    return facts


def fingerprint(rows: Iterable[tuple[str, int | Sequence[int]]]) -> str:
    """Return the sha256 (hex) of texts and their ids (one, or several with commas) in their order."""
    digest = hashlib.sha256()
    for text, answer in rows:
        ids = answer if isinstance(answer, int) else ",".join(map(str, answer))
        digest.update(f"{len(text)}:{text}\t{ids}\n".encode())
    return digest.hexdigest()


def _without_empty(pool: Pool, rule: str, dropped: dict[str, int]) -> np.ndarray:
    empty = pool.without_text()
    if len(empty) and rule == "error":
        hint = "Mend the records, or set data.empty_text to drop to leave them out."
        raise DataError(f"there is no text in {pool.places(empty)}.", hint=hint)
    if len(empty):
        dropped["without text"] = len(empty)
    return np.setdiff1d(np.arange(len(pool)), empty)


def _without_duplicates(
    pool: Pool, kept: np.ndarray, answers: Answers, rule: str, dropped: dict[str, int]
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


def _refuse_missing_classes(answers: Answers, rows: np.ndarray, recipe: Recipe) -> None:
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


def _refuse_unlearned(answers: Answers, splits: Splits, recipe: Recipe) -> None:
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


def _rows(pool: Pool, kept: np.ndarray, answers: Answers, recipe: Recipe) -> Rows:
    """Return the kept rows with what the recipe's method splits them by."""
    method = recipe.data.split.method
    vocabulary, words = [""], np.zeros(len(pool), dtype=np.int64)
    if method in ("chronological", "given"):
        vocabulary, words = pool.encoded("word")
    strict = recipe.task == "single-label" and recipe.data.unused_labels == "error"
    return Rows(
        kept,
        answers.held[answers.codes[kept]] if strict else answers.rarest(kept),
        words[kept],
        tuple(vocabulary),
        pool.keys()[kept] / 2.0**64 + 0.5,  # signed integers of 64 bits
        answers.classes if strict else (),
        lambda index: pool.places([index]),
    )


def _table(pool: Pool, rows: np.ndarray, answers: Answers, recipe: Recipe, path: Path) -> Dataset:
    """Write a split's rows in their order to *path*, some at a time, and return them memory-mapped."""
    import pyarrow as pa
    from datasets import Dataset, Features, List, Value
    from datasets.arrow_writer import ArrowWriter

    column = ANSWER[recipe.task]
    kind = Value("int64") if column == "label" else List(Value("int64"))
    taken = [name for name in ("text", "tokens", "record") if name in pool.table.column_names]
    source = {name: pool.table.features[name] for name in [*taken, "row"]}
    features = Features({"text": source["text"], column: kind, "row": source["row"], **source})
    distinct = pa.array(answers.distinct, type=pa.int64() if column == "label" else pa.list_(pa.int64()))
    view = pool.table.select_columns(list(source)).with_format("arrow")
    with ArrowWriter(path=str(path), features=features) as writer:
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            taken_rows = view[batch]
            columns = {name: taken_rows.column(name) for name in source}
            columns[column] = distinct.take(pa.array(answers.codes[batch]))
            writer.write_table(pa.table({name: columns[name] for name in features}))
        writer.finalize()
    return Dataset.from_file(str(path))


def _fingerprint_of(table: Dataset, column: str) -> str:
    batches = table.select_columns(["text", column]).iter(batch_size=1000)
    return fingerprint(row for batch in batches for row in zip(batch["text"], batch[column], strict=True))


def _save(tables: dict[str, Dataset], fresh: Path, folder: Path) -> None:
    """Write the splits beside *folder* and put them in its place when all are whole."""
    for name, table in tables.items():
        table.save_to_disk(str(fresh / name))
    folder.mkdir(parents=True, exist_ok=True)
    for name in tables:
        shutil.rmtree(folder / name, ignore_errors=True)
        (fresh / name).rename(folder / name)
