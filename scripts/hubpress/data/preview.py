"""The first records as they are read, for a look before anything is split or trained. Nothing is written."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hubpress.data.examples import Example, reader_of
from hubpress.data.labels import published_names
from hubpress.data.left_out import LeftOutCounts
from hubpress.data.record_table import group_of, word_of
from hubpress.data.sources import ALL, read_records
from hubpress.recipe.recipe import Recipe

FEW = 3
"""How many records a preview shows unless more are asked for."""


@dataclass(frozen=True)
class PreviewedEntity:
    """An entity as it is read: its words, its type, and where they stand in the text (the end excluded)."""

    words: str
    type: str
    start: int
    end: int


@dataclass(frozen=True)
class PreviewedRecord:
    """A record as it is read."""

    file: str
    """The file, or the data set, that it stands in."""
    row: int
    """Which of its records it is, counted from 1."""
    split: str | None
    """The split that the recipe's files or its column give it; None where the recipe draws the splits."""
    date: str | None
    """What a chronological split goes by."""
    group: str | None
    """What it stays together with in one split, where the recipe says so."""
    text: str
    labels: tuple[str, ...]
    """The published labels; of a token model none."""
    entities: tuple[PreviewedEntity, ...]


def preview(recipe: Recipe, files: dict[str, list[str]], *, count: int = FEW) -> tuple[PreviewedRecord, ...]:
    """Return the first *count* records; of each split that many where files give the splits.

    Raises DataError for what cannot be read, as far as it is read.
    """
    reader = reader_of(recipe)
    split = recipe.data.split
    column, method, group = split.column, split.method, split.group
    names: dict[str, str] | None = None
    shown: list[PreviewedRecord] = []
    with tempfile.TemporaryDirectory() as folder:
        for source in read_records(recipe.data, files, reader.columns, cache_dir=Path(folder)):
            wanted = count - sum(source.split in (ALL, record.split) for record in shown)
            for row, record in islice(LeftOutCounts().kept(source.records), wanted):
                location = f"row {row} of {source.display_name}"
                example = reader.read(record, location)
                names = names or published_names(recipe)
                word = word_of(record, column)
                shown.append(
                    PreviewedRecord(
                        file=Path(source.display_name).name,
                        row=row,
                        split=source.split if source.split != ALL else word if method == "given" else None,
                        date=word if method == "chronological" else None,
                        group=group_of(record, group, source, location) if group else None,
                        text=example.text,
                        labels=() if recipe.task == "token" else _labels(example, recipe, names),
                        entities=_entities(example) if recipe.task == "token" else (),
                    )
                )
    reader.finish()
    return tuple(shown)


def in_words(records: Sequence[PreviewedRecord]) -> str:
    """Return records for a person: each where it stands, then its text, with its labels or entities below."""
    return "\n".join(line for record in records for line in _lines(record))


def _lines(record: PreviewedRecord) -> list[str]:
    lines = [f"row {record.row} of {record.file}"]
    lines += [
        f"  {name}: {value}" for name in ("split", "date", "group") if (value := getattr(record, name)) is not None
    ]
    lines.append(f"  text: {_visible(record.text)}")
    if record.labels:
        lines.append(f"  {'label' if len(record.labels) == 1 else 'labels'}: {', '.join(record.labels)}")
    lines += [
        f"  entity: {_visible(entity.words)} ({entity.type}) {entity.start}-{entity.end}" for entity in record.entities
    ]
    return lines


def _visible(text: str) -> str:
    """Return a text as it stands; in quotes, with escapes, where white space at its ends or signs would not be seen."""
    plain = text.isprintable() and text == text.strip() and text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _labels(example: Example, recipe: Recipe, names: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = json.loads(example.answer) if recipe.task == "multi-label" else [example.answer]
    return tuple(names.get(label, label) for label in found)


def _entities(example: Example) -> tuple[PreviewedEntity, ...]:
    found: list[tuple[int, int, str]] = json.loads(example.answer)
    return tuple(PreviewedEntity(example.text[start:end], kind, start, end) for start, end, kind in found)
