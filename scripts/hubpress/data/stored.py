"""Splits on disk: how they are written, fingerprinted and read again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.data.labels import TrueLabels
from hubpress.data.record_table import RecordTable
from hubpress.inference.inputs import TEXTS, texts_in, whole_texts
from hubpress.recipe.recipe import Recipe

if TYPE_CHECKING:
    from datasets import Dataset


_BATCH = 10_000


def load_split(folder: Path, name: str) -> Dataset:
    """Return a prepared split, memory-mapped.

    Its columns are ``text``, ``text_pair`` where the model reads pairs, the answer (``label``: an id; ``labels``:
    sorted ids; ``targets``: numbers; or ``entities``, in their order: first character, the one after the last, id of
    the type) and ``row`` (in its file, from 1); ``words``, the first character and the one after the last of each
    token, where the records came as tokens; and ``record``, the fields of the input template as JSON, where the recipe
    has ``evaluation.inputs``.
    """
    from datasets import load_from_disk

    return load_from_disk(str(folder / name))


def fingerprint(rows: Iterable[tuple[str, int | Sequence[float] | Sequence[Sequence[int]]]]) -> str:
    """Return the sha256 (hex) of texts and their answers (ids or numbers with commas, entities as ``4-12-0``) in their
    order."""
    digest = hashlib.sha256()
    for text, answer in rows:
        ids = answer if isinstance(answer, int) else ",".join(map(_written, answer))
        digest.update(f"{len(text)}:{text}\t{ids}\n".encode())
    return digest.hexdigest()


def _written(answer: float | Sequence[int]) -> str:
    return str(answer) if isinstance(answer, int | float) else "-".join(map(str, answer))


def answer_feature(column: str) -> Any:
    """Return what a prepared split holds in the column of its answers, by that column's name."""
    from datasets import List, Value

    return {
        "label": Value("int64"),
        "labels": List(Value("int64")),
        "targets": List(Value("float64")),
        "entities": List(List(Value("int64"))),
    }[column]


def split_table(records: RecordTable, rows: np.ndarray, truth: TrueLabels, recipe: Recipe, path: Path) -> Dataset:
    """Write a split's rows in their order to *path*, some at a time, and return them memory-mapped."""
    import pyarrow as pa
    from datasets import Dataset, Features
    from datasets.arrow_writer import ArrowWriter

    column = recipe.kind.answer_column
    answer = answer_feature(column)
    taken = [name for name in (*TEXTS, "words", "record") if name in records.table.column_names]
    source = {name: records.table.features[name] for name in [*taken, "row"]}
    features = Features({"text": source["text"], column: answer, "row": source["row"], **source})
    distinct = pa.array(truth.answers, type=Features({column: answer}).arrow_schema.field(column).type)
    view = records.table.select_columns(list(source)).with_format("arrow")
    with ArrowWriter(path=str(path), features=features) as writer:
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            taken_rows = view[batch]
            columns = {name: taken_rows.column(name) for name in source}
            columns[column] = distinct.take(pa.array(truth.of_record[batch]))
            writer.write_table(pa.table({name: columns[name] for name in features}))
        writer.finalize()
    return Dataset.from_file(str(path))


def fingerprint_of(table: Dataset, column: str) -> str:
    batches = table.select_columns([*texts_in(table), column]).iter(batch_size=1000)
    return fingerprint(row for batch in batches for row in zip(whole_texts(batch), batch[column], strict=True))


def save_splits(tables: dict[str, Dataset], fresh: Path, folder: Path) -> None:
    """Write the splits beside *folder* and put them in its place when all are whole."""
    for name, table in tables.items():
        table.save_to_disk(str(fresh / name))
    folder.mkdir(parents=True, exist_ok=True)
    for name in tables:
        shutil.rmtree(folder / name, ignore_errors=True)
        (fresh / name).rename(folder / name)
