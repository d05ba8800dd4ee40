"""Recipe -> train, validation and test splits on disk, with labels, counts and fingerprints."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import DataError
from hubpress.files import read_json, write_json
from hubpress.recipe import Recipe
from hubpress.records import load_records
from hubpress.splitting import split_rows
from hubpress.training_arguments import suggestion

if TYPE_CHECKING:
    from datasets import Dataset

FACTS = "data.json"
SPLITS = ("train", "validation", "test")


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
    """Return a prepared split, memory-mapped: columns ``text``, ``label`` (id) and ``row`` (in the source, from 1)."""
    from datasets import load_from_disk

    return load_from_disk(str(folder / name))


def prepare(recipe: Recipe, files: dict[str, list[str]], folder: Path, *, cache_dir: Path) -> DataFacts:
    """Read, label, clean and split the records below *folder*; return what is known of them.

    Raises DataError, with rows and columns named, for records that do not fit the recipe.
    """
    tables = {name: _Table.of(recipe, dataset, name) for name, dataset in load_records(recipe, files, cache_dir=cache_dir).items()}
    labels = recipe.data.labels or _found_labels(tables)
    rows = [row for table in tables.values() for row in table.rows()]
    _refuse_unknown_labels(rows, labels, given=recipe.data.labels is not None)
    dropped: dict[str, int] = {}
    rows = _without_empty(rows, recipe.data.empty_text, dropped)
    rows = _without_duplicates(rows, recipe.data.duplicates, dropped)
    if len({row.label for row in rows}) < 2:
        raise DataError(
            f"the records hold {len({row.label for row in rows})} class(es); a classifier needs at least two.",
            hint=f"Check the column {recipe.data.columns.label!r}.",
        )
    ids = {label: number for number, label in enumerate(labels)}
    splits = split_rows(recipe.data.split, rows, ids)
    _refuse_unseen_labels(splits, labels)
    facts = DataFacts(
        labels=tuple(labels),
        counts={name: len(splits[name]) for name in SPLITS},
        label_counts={name: _counted(splits[name], labels) for name in SPLITS},
        fingerprints={name: fingerprint((row.text, ids[row.label]) for row in splits[name]) for name in SPLITS},
        dropped=dropped,
        split=recipe.data.split.model_dump(),
    )
    _save(splits, ids, folder)
    write_json(folder / FACTS, asdict(facts))
    return facts


def fingerprint(rows: Iterator[tuple[str, int]]) -> str:
    """Return the sha256 (hex) of texts and label ids in their order."""
    digest = hashlib.sha256()
    for text, label in rows:
        digest.update(f"{len(text)}:{text}\t{label}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Row:
    """One record as a model sees it; *row* counts from 1 in its file, *where* names the split or the file."""

    text: str
    label: str
    row: int
    given_split: str | None
    moment: str | None


@dataclass(frozen=True)
class _Table:
    recipe: Recipe
    dataset: Dataset
    name: str
    render: Callable[[dict[str, Any]], str]

    @classmethod
    def of(cls, recipe: Recipe, dataset: Dataset, name: str) -> _Table:
        from jinja2 import StrictUndefined, meta
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        wanted = {recipe.data.columns.label: "data.columns.label"}
        if recipe.data.split.column:
            wanted[recipe.data.split.column] = "data.split.column"
        for column in sorted(meta.find_undeclared_variables(environment.parse(recipe.data.input_template))):
            wanted.setdefault(column, "data.input_template")
        for column, where in wanted.items():
            if column not in dataset.column_names:
                raise DataError(
                    f"there is no column {column!r} in the records.{suggestion(column, dataset.column_names)} "
                    f"Columns: {', '.join(dataset.column_names)}.",
                    where=where,
                )
        if len(dataset) == 0:
            raise DataError("the records are empty: there is a header but no row.", hint="Check data.source or --data.")
        template = environment.from_string(recipe.data.input_template)
        return cls(recipe, dataset.select_columns(list(wanted)), name, lambda record: template.render(record))

    def rows(self) -> Iterator[Row]:
        from jinja2 import TemplateError

        spec = self.recipe.data
        given = self.name if self.name in SPLITS else None
        for number, record in enumerate(self.dataset, start=1):
            filled = {key: "" if _missing(value) else value for key, value in record.items()}
            try:
                text = self.render(filled).strip()
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                raise DataError(f"fails on row {number}: {error}.", where="data.input_template", hint="Mend the template.") from error
            column = spec.split.column
            moment = str(filled[column]).strip() if column else None
            yield Row(text, str(filled[spec.columns.label]).strip(), number, given, moment)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _found_labels(tables: dict[str, _Table]) -> tuple[str, ...]:
    return tuple(sorted({row.label for table in tables.values() for row in table.rows() if row.label}))


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{f' and {len(numbers) - 5} more' if len(numbers) > 5 else ''}"


def _refuse_unknown_labels(rows: list[Row], labels: tuple[str, ...], *, given: bool) -> None:
    unnamed = [row.row for row in rows if not row.label]
    if unnamed:
        raise DataError(f"{_listed(unnamed)} have no label.", hint="Label them or take them out.")
    strange: dict[str, list[int]] = {}
    known = set(labels)
    for row in rows:
        if row.label not in known:
            strange.setdefault(row.label, []).append(row.row)
    if strange:
        named = "; ".join(f"{label!r} ({_listed(numbers)})" for label, numbers in list(strange.items())[:5])
        raise DataError(f"the records have labels that data.labels lacks: {named}.", hint="Add them or mend the records.")
    unused = sorted(known - {row.label for row in rows})
    if given and unused:
        raise DataError(f"no record has the label{'s' if len(unused) > 1 else ''} {', '.join(unused)}.", where="data.labels", hint="Take them out or add records.")


def _without_empty(rows: list[Row], rule: str, dropped: dict[str, int]) -> list[Row]:
    empty = [row.row for row in rows if not row.text]
    if empty and rule == "error":
        raise DataError(
            f"{_listed(empty)} have no text.", hint="Mend the records, or set data.empty_text to drop to leave them out."
        )
    if empty:
        dropped["without text"] = len(empty)
    return [row for row in rows if row.text]


def _without_duplicates(rows: list[Row], rule: str, dropped: dict[str, int]) -> list[Row]:
    """A text that stands in two splits lets a model answer from memory: its figures would not be honest."""
    if rule == "keep":
        return rows
    first: dict[str, Row] = {}
    twice: list[Row] = []
    for row in rows:
        if row.text in first:
            twice.append(row)
        else:
            first[row.text] = row
    if not twice:
        return rows
    conflicting = [row for row in twice if row.label != first[row.text].label]
    if rule == "error":
        row = (conflicting or twice)[0]
        other = first[row.text]
        labelled = f" labelled {other.label} and {row.label}" if conflicting else ""
        raise DataError(
            f"{len(twice)} row(s) repeat the text of another and could stand in two splits, for example rows {other.row} and {row.row}{labelled}: {row.text[:60]!r}.",
            hint="Set data.duplicates to drop (the first is kept) or keep.",
        )
    dropped["duplicates"] = len(twice)
    return list(first.values())


def _refuse_unseen_labels(splits: dict[str, list[Row]], labels: tuple[str, ...]) -> None:
    for name in SPLITS:
        if not splits[name]:
            raise DataError(f"the {name} split has no rows.", where="data.split", hint="Give more records or other sizes.")
    seen = {row.label for row in splits["train"]}
    unseen = [label for label in labels if label not in seen]
    if unseen:
        raise DataError(
            f"the train split has no record of {', '.join(unseen[:5])}.", where="data.split",
            hint="Use a stratified split, another seed, or more records.",
        )


def _counted(rows: list[Row], labels: tuple[str, ...]) -> dict[str, int]:
    counted = Counter(row.label for row in rows)
    return {label: counted[label] for label in labels}


def _save(splits: dict[str, list[Row]], ids: dict[str, int], folder: Path) -> None:
    from datasets import Dataset

    for name, rows in splits.items():
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        Dataset.from_dict(
            {"text": [row.text for row in rows], "label": [ids[row.label] for row in rows], "row": [row.row for row in rows]}
        ).save_to_disk(str(target))
