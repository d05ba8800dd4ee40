"""Records of every format: what is read is what the file says."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.data import CSV, EXPECTED, KINDS, ROWS, everything
from hubpress.layout import SPLITS_FACTS
from hubpress.schemas.splits import SplitFacts

JSONL = "".join(json.dumps(row) + "\n" for row in ROWS)


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
    "utf-16.csv": CSV.decode().encode("utf-16"),
    "old-mac-line-ends.csv": CSV.replace(b"\n", b"\r"),
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
