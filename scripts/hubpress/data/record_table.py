"""All records of a model as one table on disk: texts, answers and where each row stands."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import numpy as np

from hubpress.data.examples import ExampleReader, reader_of
from hubpress.data.faults import Faults, RecordFault, rows_in_words
from hubpress.data.left_out import LeftOutCounts
from hubpress.data.sources import ALL, Source, read_records
from hubpress.errors import DataError
from hubpress.inference.inputs import TEXTS, shown_text, whole_text
from hubpress.input_template import Record, fields_of, filled, values_of
from hubpress.recipe.recipe import Recipe
from hubpress.text import quoted

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class RecordTable:
    """Records in the order read, memory-mapped.

    The columns of ``table``: ``text`` as the model reads it, ``text_pair`` where it reads two, ``answer`` (a label's
    name, or a JSON list of names), ``word`` (a date or a split's name, when the recipe splits by one), ``key`` (64 bits
    of a digest of the text or pair, salted with the split's seed) and ``row`` (counted from 1 in its file); ``group``
    where records stay together; ``words`` of a token model whose records came as tokens: where each of them stands;
    ``record`` (JSON) where the recipe keeps the fields.
    ``starts`` holds each file's name and first index.
    """

    table: Dataset
    starts: tuple[tuple[str, int], ...]
    left_out: LeftOutCounts
    padded: Mapping[str, int] = field(default_factory=dict)
    """In how many records a label stands with white space around it, which is no part of it."""

    @classmethod
    def fill(
        cls, recipe: Recipe, files: dict[str, list[str]], cache_dir: Path, *, commit: str | None = None
    ) -> RecordTable:
        """Read and render all records into *cache_dir*, of a data set on the Hub those at *commit*.

        Raises DataError for a record that cannot be read.
        """
        from datasets import Dataset, disable_progress_bars
        from datasets.arrow_writer import ArrowWriter

        disable_progress_bars()
        reader = reader_of(recipe)
        cache_dir.mkdir(parents=True, exist_ok=True)
        path = cache_dir / "records.arrow"
        starts, count, left_out, padded = [], 0, LeftOutCounts(), Counter[str]()
        with ArrowWriter(path=str(path), features=_features(recipe)) as writer:
            for source in read_records(recipe.data, files, reader.columns, cache_dir=cache_dir, commit=commit):
                starts.append((source.display_name, count))
                for row in _rows(recipe, reader, source, left_out, padded):
                    writer.write(row)
                    count += 1
                if count == starts[-1][1]:
                    refuse_nothing(source, left_out)
            reader.finish()
            writer.finalize()
        return cls(Dataset.from_file(str(path)), tuple(starts), left_out, padded)

    def __len__(self) -> int:
        return len(self.table)

    def encoded(self, column: str) -> tuple[list[Any], np.ndarray]:
        """Return a column's distinct values in the order of their first row, and each row's index among them."""
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(self.table.data.column(column)).combine_chunks()
        return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()

    def keys(self) -> np.ndarray:
        """Return each row's ``key``."""
        keys: np.ndarray = self.table.data.column("key").to_numpy()
        return keys

    def without_text(self) -> np.ndarray:
        """Return the indices of the rows whose text is empty, or white space alone; of a pair either text."""
        import pyarrow.compute as pc

        empty = np.zeros(len(self), dtype=bool)
        for name in TEXTS:
            if name in self.table.column_names:
                empty |= pc.equal(pc.utf8_trim_whitespace(self.table.data.column(name)), "").to_numpy()
        return np.flatnonzero(empty)

    def text(self, index: int) -> str:
        """Return the text of a row, of a pair both in one."""
        row = self.table[int(index)]
        return shown_text(row["text"], row.get("text_pair"))

    def locations(self, indices: Iterable[int]) -> str:
        """Return rows for a message: "rows 3, 7 of titles.csv"; at most five are named."""
        listed = list(indices)
        return rows_in_words(map(self._row, listed), len(listed))

    def _row(self, index: int) -> tuple[int, str, int]:
        """Return where a row's file begins among all rows, the file, and its number there."""
        name, start = next((name, start) for name, start in reversed(self.starts) if start <= index)
        return start, name, int(self.table[int(index)]["row"])


def _features(recipe: Recipe) -> Any:
    from datasets import Features, List, Value

    text, number = Value("string"), Value("int64")
    features = {"text": text, "answer": text, "word": text, "key": number, "row": number}
    if recipe.data.text_pair:
        features["text_pair"] = text
    if recipe.data.split.group:
        features["group"] = text
    if "tokens" in recipe.columns:
        features["words"] = List(List(number))
    if recipe.keeps_records:
        features["record"] = text
    return Features(features)


def _rows(
    recipe: Recipe, reader: ExampleReader, source: Source, left_out: LeftOutCounts, padded: Counter[str]
) -> Iterator[Record]:
    split = recipe.data.split
    kept = recipe.data.templates if recipe.keeps_records else ()
    fields = sorted({field for template in kept for field in fields_of(template)})
    faults = Faults()
    for number, record in left_out.kept(source.records):
        location = f"row {number} of {source.display_name}"
        try:
            example = reader.read(record, location)
        except RecordFault as fault:
            faults.add(fault, number)
            continue
        row = {
            "text": example.text,
            "answer": example.answer,
            "key": digest_of_text(whole_text(example.text, example.text_pair), split.seed),
            "row": number,
        }
        padded.update(_padded_labels(recipe, record))
        row["word"] = source.split if source.split != ALL else word_of(record, split.column)
        if split.group:
            row["group"] = group_of(record, split.group, source, location)
        if example.text_pair is not None:
            row["text_pair"] = example.text_pair
        if example.words is not None:
            row["words"] = example.words
        if fields:
            row["record"] = json.dumps(values_of(fields, record), default=str, ensure_ascii=False)
        yield row
    faults.refuse(source.display_name)


def refuse_nothing(source: Source, left_out: LeftOutCounts) -> Never:
    """Raise DataError for a source without a record that can be used."""
    what = f"holds no records{left_out.in_words()}."
    raise DataError(what, where=source.display_name, hint="It needs records that can be used.")


def digest_of_text(text: str, seed: int) -> int:
    """Return 64 bits of a text's digest as a signed number, another one with each seed."""
    digest = hashlib.blake2b(text.encode(), digest_size=8, salt=str(seed).encode()).digest()
    return int.from_bytes(digest, signed=True)


def _padded_labels(recipe: Recipe, record: Record) -> set[str]:
    """Return the labels of a record that stand in it with white space around them."""
    value = next((record.get(recipe.columns[key]) for key in ("label", "labels") if key in recipe.columns), None)
    values = value if isinstance(value, list) else [value]
    if "labels" in recipe.columns and values is not value:
        return set()  # one text, in which white space stands around the marks
    return {label.strip() for label in values if isinstance(label, str) and label != label.strip()} - {""}


def word_of(record: Record, column: str | None) -> str:
    """Return what a record has in the column that it is split by; empty without one."""
    return str(filled({column: record[column]})[column]).strip() if column else ""


def group_of(record: Record, column: str, source: Source, location: str) -> str:
    """Return what a record has for a group. CoNLL files count their documents, each file its own.

    Raises DataError for a list: records would belong together by one of its values, and apart by another.
    """
    value = record[column]
    if isinstance(value, list | dict):
        where = f"data.split.group {column!r}"
        raise DataError(f"holds {quoted(value, 40)} in {location}; a group is one value.", where=where)
    counted = column == "document" and isinstance(value, int) and "lines" in record
    return f"{value} of {source.display_name}" if counted else word_of(record, column)
