"""Tiny models as they are published, and records for them in every format."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from helpers.pipeline import save_subjects

FIELDS = ("title", "container_title", "abstract")


@pytest.fixture(scope="session")
def subjects(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A multi-label model of 307 subjects under 26 areas, which reads three fields."""
    return save_subjects(tmp_path_factory.mktemp("subjects"), tiny_base)


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write records in the format that a file's name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(records), path)
        return path
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as stream:
        if ".jsonl" in path.name:
            stream.writelines(json.dumps(record) + "\n" for record in records)
        else:
            writer = csv.DictWriter(stream, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    return path


def answers_in(folder: Path) -> list[dict[str, Any]]:
    """Return all answers of a folder, as any reader of parquet finds them."""
    files = sorted(folder.glob("part-*.parquet"))
    return [row for file in files for row in parquet.read_table(file).to_pylist()]


def bad_rows_in(folder: Path) -> list[dict[str, Any]]:
    """Return the rows that have no answer."""
    path = folder / "bad-rows.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
