"""Splits: those asked for, drawn as scikit-learn draws them, the same ones again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.data import CSV, EXPECTED, MULTI, ROWS, TOKEN, WORDS, coloured, everything, rows
from helpers.faults import patch
from helpers.paths import TITLES
from helpers.processes import Command
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.layout import SPLITS_FACTS
from hubpress.schemas.splits import SplitFacts


def test_the_stratified_split_is_scikit_learns(hubpress: Command, tmp_path: Path) -> None:
    """The sample's test split holds the very rows that train_test_split draws by label ids, and no row stands twice."""
    from sklearn.model_selection import train_test_split

    assert hubpress("data", "conference-titles", "--sample", "--build-dir", tmp_path, "--quiet").code == 0
    data = tmp_path / "conference-titles" / "data"
    labels = SplitFacts.load(data / SPLITS_FACTS).labels
    assert labels == ("VLDB", "ISCAS", "SIGGRAPH", "INFOCOM", "WWW")
    with TITLES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ids = [labels.index(row["Conference"]) for row in rows]
    rest, test = train_test_split(range(len(ids)), test_size=0.2, random_state=42, stratify=ids)
    train, validation = train_test_split(rest, test_size=0.25, random_state=42, stratify=[ids[index] for index in rest])
    for name, drawn in {"train": train, "validation": validation, "test": test}.items():
        split = load_split(data, name)
        assert [row - 1 for row in split["row"]] == drawn
        assert split["label"][:] == [ids[index] for index in drawn]
        assert split["text"][:] == [rows[index]["Title"] for index in drawn]
    assert sorted([*train, *validation, *test]) == list(range(len(ids)))


def test_a_random_split_is_scikit_learns(prepared: Callable[..., Any]) -> None:
    """A random split with counts draws that many rows, as train_test_split does without strata."""
    from sklearn.model_selection import train_test_split

    splits = prepared("data.split={method: random, test_size: 6, validation_size: 5, seed: 1}")
    _, test = train_test_split(np.arange(len(ROWS)), test_size=6, random_state=1)
    assert splits["test"] == [(ROWS[index]["text"], ROWS[index]["kind"]) for index in test]
    assert [len(splits[name]) for name in SPLITS] == [13, 5, 6]


def test_a_chronological_split_tests_on_the_newest(prepared: Callable[..., Any]) -> None:
    """The newest records are the test split, those before them validation; the file's order does not matter."""
    splits = prepared("data.split={method: chronological, column: date, test_size: 0.25, validation_size: 0.25}")
    ordered = sorted(ROWS, key=lambda row: row["date"])
    assert splits["test"] == [(row["text"], row["kind"]) for row in ordered[-6:]]
    assert splits["validation"] == [(row["text"], row["kind"]) for row in ordered[-11:-6]]


def test_a_column_may_give_the_split(prepared: Callable[..., Any]) -> None:
    """A column that names the split of each record is followed; "dev" means validation."""
    splits = prepared("data.split={method: given, column: part}")
    for name, word in (("train", "train"), ("validation", "dev"), ("test", "test")):
        assert splits[name] == [(row["text"], row["kind"]) for row in ROWS if row["part"] == word]


def test_files_may_give_the_split(pets: Path, prepared: Callable[..., Any]) -> None:
    """Each split may be a file of its own; validation is carved from train when there is none."""
    header, *lines = CSV.decode().splitlines(keepends=True)
    (pets / "train.csv").write_text("".join([header, *lines[:18]]), encoding="utf-8")
    (pets / "test.csv").write_text("".join([header, *lines[18:]]), encoding="utf-8")
    splits = prepared("data.source=.", "data.files={train: train.csv, test: test.csv}", "data.split.method=given")
    assert splits["test"] == [(row["text"], row["kind"]) for row in ROWS[18:]]
    assert [len(splits[name]) for name in SPLITS] == [13, 5, 6]
    assert everything(splits) == EXPECTED


def test_empty_texts_and_duplicates_can_be_left_out(pets: Path, prepared: Callable[..., Any], tmp_path: Path) -> None:
    """What is dropped is counted; of equal texts the first stays."""
    with (pets / "records.csv").open("a", encoding="utf-8") as stream:
        stream.write(" ,dog,,\nIt barks at the postman.,cat,,\n")
    assert everything(prepared("data.empty_text=drop", "data.duplicates=drop")) == EXPECTED
    facts = SplitFacts.load(tmp_path / "build" / "pets" / "data" / SPLITS_FACTS)
    assert facts.dropped == {"without text": 1, "duplicates with another label": 1}
    assert sum(facts.counts.values()) == 24
    assert len(everything(prepared("data.empty_text=drop", "data.duplicates=keep"))) == 25


def test_the_same_records_give_the_same_facts(prepared: Callable[..., Any], pets: Path, tmp_path: Path) -> None:
    """data.json depends on the records and the recipe alone; one changed letter changes a fingerprint."""
    facts = tmp_path / "build" / "pets" / "data" / "data.json"
    prepared()
    first = facts.read_bytes()
    facts.unlink()
    prepared()
    assert facts.read_bytes() == first
    (pets / "records.csv").write_bytes(CSV.replace(b"postman", b"postwoman"))
    prepared()
    assert facts.read_bytes() != first


def test_a_stratified_split_of_several_labels_goes_by_the_rarest(
    prepare: Callable[..., SplitFacts], write: Callable[..., str]
) -> None:
    """Each label is spread as asked; a label of fewer than three records stays in train."""
    facts = prepare(MULTI, source=write("records.jsonl", coloured(240)))
    assert facts.counts == {"train": 135, "validation": 45, "test": 60}
    assert facts.label_counts["train"]["gold"] == 1
    for colour in WORDS:
        share = facts.label_counts["test"][colour] / sum(facts.label_counts[name][colour] for name in SPLITS)
        assert 0.2 < share < 0.3


def test_a_hashed_split_stays_when_records_are_added(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Each text's split depends on the text and the seed alone."""
    split = {"method": "hashed", "test_size": 0.25, "validation_size": 0.25, "seed": 1}

    def parts(records: list[dict[str, Any]], seed: int = 1) -> dict[str, str]:
        prepare(MULTI, source=write("records.jsonl", records), split={**split, "seed": seed}, unused_labels="keep")
        return {row["text"]: name for name in SPLITS for row in rows(tmp_path, name)}

    few, many = parts(coloured(60)), parts(coloured(400)[::-1])
    assert few.items() <= many.items()
    assert parts(coloured(60), seed=2) != few
    assert 0.2 < list(many.values()).count("test") / 400 < 0.3


def test_dates_and_given_splits_of_every_task(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """A chronological and a given split do the same for several labels and for tokens as for one label."""
    records = [
        {
            **row,
            "tokens": row["text"].split(),
            "tags": ["B-thing", "O"],
            "when": f"2024-{1 + number % 12:02}-{1 + number:02}",
        }
        for number, row in enumerate(coloured(24))
    ]
    for changes in (MULTI, TOKEN):
        split = {"method": "chronological", "column": "when", "test_size": 0.25, "validation_size": 0.25}
        prepare(changes, source=write("records.jsonl", records), split=split, unused_labels="keep")
        newest = sorted(records, key=lambda row: row["when"])[-6:]
        assert {row["text"] for row in rows(tmp_path, "test")} == {row["text"] for row in newest}
        write("train.jsonl", records[:18])
        write("dev.jsonl", records[18:])
        files = {"train": "train.jsonl", "test": "dev.jsonl"}
        facts = prepare(changes, source=".", files=files, split={"method": "given"}, unused_labels="keep")
        assert facts.counts == {"train": 15, "validation": 3, "test": 6}
        assert [row["text"] for row in rows(tmp_path, "test")] == [row["text"] for row in records[18:]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"test_size": 24}, "24 records leave none to train on with test_size 24 and validation_size 0.25."),
        ({"test_size": 20, "validation_size": 4}, "24 records leave none to train on with test_size 20"),
        ({"test_size": 1}, "1 record for test cannot be drawn from 24 records with some of each of 2 classes."),
        ({"method": "chronological", "column": "date", "test_size": 23}, "24 records leave none to train on"),
    ],
)
def test_sizes_that_leave_nothing_are_refused(
    changes: dict[str, Any], says: str, pets: Path, refused: Callable[..., None]
) -> None:
    """What cannot be drawn is said with the counts, before anything is drawn."""
    patch(pets, {"data": {"split": changes}})
    refused(1, [says])


REPEATED = "It barks at the postman.,cat,,test\nIt barks at the postman.,dog,,train\nIt purrs on the sofa.,cat,,train\n"


def test_repeated_texts_that_are_left_out_are_counted(
    prepare: Callable[..., SplitFacts], write: Callable[..., str]
) -> None:
    """Those with another label than the first are counted apart: one of the two is wrong."""
    facts = prepare({}, source=write("repeated.csv", CSV.decode() + REPEATED), duplicates="drop")
    assert facts.dropped == {"duplicates": 2, "duplicates with another label": 1}


def test_repeated_texts_are_refused_by_what_they_repeat(pets: Path, refused: Callable[..., None]) -> None:
    """How many have another label, and how many are in another group, is said."""
    (pets / "records.csv").write_bytes(CSV + REPEATED.encode())
    patch(pets, {"data": {"split": {"group": "part", "method": "random"}}})
    refused(1, ["3 rows repeat the text of another, 1 with another label and 1 in another part, and could stand"])
