"""Records of the good model "pets", for every task, and the rows that were made of them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from helpers.faults import GOOD
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split

ROWS = list(csv.DictReader((GOOD / "records.csv").read_text(encoding="utf-8").splitlines()))
KINDS = ["dog", "cat"]


def everything(splits: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return the rows of all splits, sorted."""
    return sorted(row for rows in splits.values() for row in rows)


EXPECTED = sorted((row["text"], row["kind"]) for row in ROWS)
CSV = (GOOD / "records.csv").read_bytes()


WORDS = ("red", "green", "blue")
TOKEN: dict[str, Any] = {"task": "token", "data": {"columns": {}, "input_template": None, "labels": None}}
MULTI: dict[str, Any] = {
    "task": "multi-label",
    "decision": {"rule": "threshold", "threshold": 0.5},
    "data": {"columns": {"labels": "colours"}, "labels": None},
}


def rows(tmp_path: Path, *splits: str) -> list[dict[str, Any]]:
    """Return the rows of some splits, by default of all, in the order of the records."""
    folder = tmp_path / "build" / "pets" / "data"
    return sorted((row for name in splits or SPLITS for row in load_split(folder, name)), key=lambda row: row["row"])


def coloured(count: int) -> list[dict[str, Any]]:
    """Return records with one, two or three of the colours each, and a fourth colour that stands once."""
    records: list[dict[str, Any]] = [
        {"text": f"picture {number}", "note": None, "colours": [WORDS[number % 3], WORDS[number % 2]]}
        for number in range(count)
    ]
    records[0]["colours"].append("gold")
    return records
