"""Records of every format and split: what is read is what the file says, and the splits are those asked for."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import TITLES, Ran
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.layout import SPLITS_FACTS
from hubpress.schemas.splits import SplitFacts

Command = Callable[..., Ran]

GOOD = Path(__file__).parent / "samples" / "bad" / "good"
ROWS = list(csv.DictReader((GOOD / "records.csv").read_text(encoding="utf-8").splitlines()))
KINDS = ["dog", "cat"]


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The folder of the good model "pets", in a models folder of its own."""
    shutil.copytree(GOOD, tmp_path / "models" / "pets")
    return tmp_path / "models" / "pets"


@pytest.fixture
def prepared(hubpress: Command, pets: Path, tmp_path: Path) -> Callable[..., dict[str, list[tuple[str, str]]]]:
    """Run ``hubpress data pets`` with some settings; return (text, label name) of every row by split."""

    def run(*settings: str) -> dict[str, list[tuple[str, str]]]:
        options = [word for setting in settings for word in ("--set", setting)]
        build = tmp_path / "build"
        ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", build, "--quiet", *options)
        assert ran.code == 0, ran.err
        assert not (build / "pets" / "cache").exists()
        labels = SplitFacts.load(build / "pets" / "data" / SPLITS_FACTS).labels
        splits = {name: load_split(build / "pets" / "data", name) for name in SPLITS}
        return {name: [(row["text"], labels[row["label"]]) for row in rows] for name, rows in splits.items()}

    return run


def everything(splits: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return the rows of all splits, sorted."""
    return sorted(row for rows in splits.values() for row in rows)


EXPECTED = sorted((row["text"], row["kind"]) for row in ROWS)
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS)
CSV = (GOOD / "records.csv").read_bytes()


def _conll(rows: list[dict[str, str]]) -> str:
    """Return texts as CoNLL, one document a class: the label of a sentence is its document's number."""
    documents = [[row["text"] for row in rows if row["kind"] == kind] for kind in KINDS]
    return "".join(
        "-DOCSTART- O\n\n" + "".join("".join(f"{word} O\n" for word in text.split()) + "\n" for text in texts)
        for texts in documents
    )


FORMATS: dict[str, bytes] = {
    "records.tsv": CSV.replace(b",", b"\t"),
    "records.json": json.dumps(ROWS, indent=1).encode(),
    "lines.json": JSONL.encode(),
    "records.jsonl": JSONL.replace("\n", "\n\n", 1).encode(),
    "records.csv.gz": gzip.compress(CSV),
    "records.csv.bz2": bz2.compress(CSV),
    "records.jsonl.gz": gzip.compress(JSONL.encode()),
    "byte-order-mark.csv": b"\xef\xbb\xbf" + CSV,
    "windows-line-ends.csv": CSV.replace(b"\n", b"\r\n"),
    "empty-lines.csv": CSV.replace(b"\n", b"\n\n", 3),
    "brackets[1].csv": CSV,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_records(name: str, pets: Path, prepared: Callable[..., Any]) -> None:
    """The same records in another format, packed, or with other line ends are the same splits."""
    expected = prepared()
    (pets / name).write_bytes(FORMATS[name])
    assert prepared(f"data.source={json.dumps(name)}") == expected
    assert everything(expected) == EXPECTED


def test_several_parquet_files_by_a_glob(pets: Path, prepared: Callable[..., Any]) -> None:
    """A glob reads its files in the order of their names, as one set of records."""
    import pyarrow as pa
    from pyarrow import parquet

    expected = prepared()
    (pets / "shards").mkdir()
    for number, start in enumerate(range(0, len(ROWS), 10)):
        parquet.write_table(pa.Table.from_pylist(ROWS[start : start + 10]), pets / "shards" / f"{number}.parquet")
    assert prepared("data.source=shards/*.parquet") == expected


def test_conll_through_a_template(pets: Path, prepared: Callable[..., Any]) -> None:
    """A sentence's tokens become a text by the template; any of its columns may be the label."""
    (pets / "records.conll").write_text(_conll(ROWS), encoding="utf-8")
    splits = prepared(
        "data.source=records.conll",
        "data.columns.label=document",
        "data.input_template=\"{{ tokens | join(' ') }}\"",
        "data.labels=['1', '2']",
    )
    assert everything(splits) == sorted((row["text"], str(1 + KINDS.index(row["kind"]))) for row in ROWS)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_words_stay_words(ending: str, pets: Path, prepared: Callable[..., Any]) -> None:
    """ "None", "NA", dates and numbers with zeros are texts and labels as they stand; nothing is guessed."""
    import pyarrow as pa
    from pyarrow import parquet

    texts = [
        "None",
        "NA",
        "nan",
        "null",
        "2024-01-31",
        "1e5",
        'a "quoted", comma',
        "two\nlines",
        "-",
        "0",
        "ümläut",
        "x",
    ]
    rows = [{"text": text, "kind": ("007", "08")[index % 2]} for index, text in enumerate(texts)]
    file = pets / f"words.{ending}"
    if ending == "csv":
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, ["text", "kind"])
            writer.writeheader()
            writer.writerows(rows)
    elif ending == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        parquet.write_table(pa.Table.from_pylist(rows), file)
    splits = prepared(f"data.source={file.name}", "data.labels=", "training.class_weight=balanced")
    assert everything(splits) == sorted((row["text"], row["kind"]) for row in rows)


def test_labels_are_found_by_themselves(prepared: Callable[..., Any], tmp_path: Path) -> None:
    """Without data.labels the labels are those of the records, in the order of the alphabet."""
    prepared("data.labels=")
    assert SplitFacts.load(tmp_path / "build" / "pets" / "data" / SPLITS_FACTS).labels == ("cat", "dog")


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
    assert facts.dropped == {"without text": 1, "duplicates": 1}
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
