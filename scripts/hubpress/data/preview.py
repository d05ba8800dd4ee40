"""The first records as they are read, for a look before anything is split or trained. Nothing is written."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubpress.data.examples import Example, reader_of
from hubpress.data.label_values import BadAnswer
from hubpress.data.labels import published_names
from hubpress.data.left_out import LeftOutCounts
from hubpress.data.record_table import group_of, refuse_nothing, word_of
from hubpress.data.sources import ALL, Source, read_records
from hubpress.data.zeros_and_ones import Reading
from hubpress.errors import DataError
from hubpress.input_template import Record
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
    text_pair: str | None
    """The second text, where the model reads pairs."""
    labels: tuple[str, ...] | None
    """The published labels, of which a record that is not labelled has none; None of a token model."""
    entities: tuple[PreviewedEntity, ...]
    targets: dict[str, float] | None = None
    """The numbers by their names, of a regression model."""


def preview(recipe: Recipe, files: dict[str, list[str]], *, count: int = FEW) -> tuple[PreviewedRecord, ...]:
    """Return the first *count* records; of each split that many where files give the splits.

    Raises DataError for what cannot be read, as far as it is read, and for a source without records.
    """
    reader = reader_of(recipe)
    reading = Reading(recipe.data.label_keys or ())
    shown: list[tuple[PreviewedRecord, Example]] = []
    with tempfile.TemporaryDirectory() as folder:
        for source in read_records(recipe.data, files, reader.columns, cache_dir=Path(folder)):
            wanted = count - sum(source.split in (ALL, record.split) for record, _ in shown)
            left_out, read = LeftOutCounts(), 0
            records = left_out.kept(source.records)
            # Zeros and ones are names or positions: where the first records do not tell which, those behind them may.
            while read < wanted or (read and not reading.is_certain):
                row, record = next(records, (0, {}))
                if not row:
                    break
                example = reader.read(record, f"row {row} of {source.display_name}")
                if recipe.task == "multi-label":
                    reading.add(json.loads(example.answer))
                if read < wanted:
                    shown.append((_previewed(recipe, source, row, record, example), example))
                read += 1
            if wanted > 0 and not read:
                refuse_nothing(source, left_out)
    reader.finish()
    if recipe.task == "regression":
        return tuple(_numbered(recipe, record, example) for record, example in shown)
    if recipe.task == "token":
        return tuple(record for record, _ in shown)
    names = published_names(recipe)
    return tuple(_labelled(recipe, reading, names, record, example) for record, example in shown)


def _previewed(recipe: Recipe, source: Source, row: int, record: Record, example: Example) -> PreviewedRecord:
    """Return a record as it is shown, without its labels."""
    split = recipe.data.split
    word = word_of(record, split.column)
    location = f"row {row} of {source.display_name}"
    return PreviewedRecord(
        file=Path(source.display_name).name,
        row=row,
        split=source.split if source.split != ALL else word if split.method == "given" else None,
        date=word if split.method == "chronological" else None,
        group=group_of(record, split.group, source, location) if split.group else None,
        text=example.text,
        text_pair=example.text_pair,
        labels=None,
        entities=_entities(example) if recipe.task == "token" else (),
    )


def _numbered(recipe: Recipe, record: PreviewedRecord, example: Example) -> PreviewedRecord:
    return replace(record, targets=dict(zip(recipe.targets, json.loads(example.answer), strict=True)))


def _labelled(
    recipe: Recipe, reading: Reading, names: dict[str, str], record: PreviewedRecord, example: Example
) -> PreviewedRecord:
    """Return a record with its published labels, *names* being those by the words of the records."""
    try:
        found = reading.labels(json.loads(example.answer)) if recipe.task == "multi-label" else [example.answer]
    except BadAnswer as error:
        what = f"holds {error.found} in row {record.row} of {record.file}; {error.wanted}."
        raise DataError(what, where=f"data.columns.labels {recipe.columns['labels']!r}") from error
    return replace(record, labels=tuple(names.get(label, label) for label in found if label))


def in_words(records: Sequence[PreviewedRecord]) -> str:
    """Return records for a person: each where it stands, then its text, with its labels or entities below."""
    return "\n".join(line for record in records for line in _lines(record))


def _lines(record: PreviewedRecord) -> list[str]:
    lines = [f"row {record.row} of {record.file}"]
    lines += [
        f"  {name}: {value}" for name in ("split", "date", "group") if (value := getattr(record, name)) is not None
    ]
    lines.append(f"  text: {_visible(record.text)}")
    if record.text_pair is not None:
        lines.append(f"  text_pair: {_visible(record.text_pair)}")
    if record.labels == ():
        lines.append("  label: none, which is refused when all records are read")
    elif record.labels:
        lines.append(f"  {'label' if len(record.labels) == 1 else 'labels'}: {', '.join(record.labels)}")
    lines += [f"  {name}: {value:g}" for name, value in (record.targets or {}).items()]
    lines += [
        f"  entity: {_visible(entity.words)} ({entity.type}) {entity.start}-{entity.end}" for entity in record.entities
    ]
    return lines


def _visible(text: str) -> str:
    """Return a text as it stands; in quotes, with escapes, where white space at its ends or signs would not be seen."""
    plain = text.isprintable() and text == text.strip() and text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _entities(example: Example) -> tuple[PreviewedEntity, ...]:
    found: list[tuple[int, int, str]] = json.loads(example.answer)
    return tuple(PreviewedEntity(example.text[start:end], kind, start, end) for start, end, kind in found)
