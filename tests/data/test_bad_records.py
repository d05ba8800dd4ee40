"""Bad records and label tables, through the command: each ends in one clear message with its file and row."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.faults import BAD, GOOD, patch

DATA_FAULTS: dict[str, dict[str, Any]] = yaml.safe_load((BAD / "data" / "faults.yaml").read_text(encoding="utf-8"))
TABLE_FAULTS: dict[str, list[str]] = yaml.safe_load((BAD / "tables" / "faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DATA_FAULTS)
def test_faulty_records_are_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """Each file of bad records ends in its one message, which names the file and the row or line."""
    patch(pets, {"data": {"source": name}})
    patch(pets, DATA_FAULTS[name].get("recipe", {}))
    shutil.copy(BAD / "data" / name, pets)
    refused(1, DATA_FAULTS[name]["says"], file=str(pets / name))


@pytest.mark.parametrize("name", TABLE_FAULTS)
def test_a_faulty_label_table_is_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """A table that does not give every label one name and its parents ends in one message with file and row."""
    table = {"file": name, "separator": ";", "key": "WORD", "parents": {"family": "FAMILY"}}
    patch(pets, {"data": {"labels": None, "label_table": table}})
    shutil.copy(BAD / "tables" / name, pets)
    refused(1, TABLE_FAULTS[name], file=str(pets / name))


def test_every_bad_sample_is_tested() -> None:
    """No bad sample lies unused, and none is missing."""
    assert {path.name for path in (BAD / "data").iterdir()} == {*DATA_FAULTS, "faults.yaml"}
    assert {path.name for path in (BAD / "tables").iterdir()} == {*TABLE_FAULTS, "faults.yaml"}


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
CSV = (GOOD / "records.csv").read_bytes()
GENERATED = {
    "picture.csv": (PNG, "{file}:1: is not UTF-8."),
    "zero-bytes.csv": (CSV.replace(b"barks", b"ba\0ks"), "{file}:2: is not text: it holds a zero byte."),
    "latin-1.csv": (CSV.replace(b"meows", "mi\u00e4ut".encode("latin-1")), "{file}:21: is not UTF-8. Say its encoding"),
    "half-a-sign.csv": (CSV.replace(b"meows", "mi\u00e4ut".encode())[:-300] + b"\xc3", "is not UTF-8."),
    "no-mark.csv": (CSV.decode().encode("utf-16-be"), "{file}:1: is not text: it holds a zero byte. Say its encoding"),
    "cut-off.csv.gz": (gzip.compress(CSV)[:200], "{file}: cannot be unpacked"),
    "zip-named-as.csv": (b"PK\3\4\0\0\0\0", "{file}: is a zip archive, not csv. Unpack it, and name"),
    "latin-1.jsonl": (b'{"text": "mi\xe4ut", "kind": "cat"}\n', "{file}:1: is not UTF-8."),
    "latin-1.conll": (b"mi\xe4ut O\n", "{file}:1: is not UTF-8."),
}


@pytest.mark.parametrize("name", GENERATED)
def test_bytes_that_are_no_text_are_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """Binary, wrongly encoded and damaged files end in one message with the line."""
    content, says = GENERATED[name]
    (pets / name).write_bytes(content)
    changes: dict[str, Any] = {"source": name}
    if name.endswith("conll"):
        changes |= {"columns": {"label": "document"}, "input_template": "{{ tokens }}"}
    patch(pets, {"data": changes})
    refused(1, [says], file=str(pets / name))


@pytest.mark.parametrize(
    ("column", "says"),
    [("text", "there is no text in row 3 of {file}."), ("kind", "there is no label in row 3 of {file}.")],
)
def test_nothing_in_a_parquet_column_is_refused(
    column: str, says: str, pets: Path, refused: Callable[..., None]
) -> None:
    """NaN and null in parquet are missing values, not the words "nan" and "None"."""
    import pyarrow as pa
    from pyarrow import parquet

    table: dict[str, list[Any]] = {"text": ["a", "b", "c"], "kind": ["dog", "cat", "dog"]}
    table[column] = [1.0, 2.0, float("nan")] if column == "text" else ["dog", "cat", None]
    parquet.write_table(pa.table(table), pets / "records.parquet")
    patch(pets, {"data": {"source": "records.parquet"}})
    refused(1, [says], file=str(pets / "records.parquet"))


def test_a_glob_of_several_formats_is_refused(pets: Path, refused: Callable[..., None]) -> None:
    """One set of records has one format."""
    (pets / "records.jsonl").write_text("{}\n", encoding="utf-8")
    patch(pets, {"data": {"source": "records.*"}})
    refused(1, ["records.*: mixes several formats: csv, jsonl.", "Set data.format"])


@pytest.mark.slow
def test_an_unreachable_data_set_is_refused(
    pets: Path, refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data set on a Hub that cannot be asked ends in one line that names it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    patch(pets, {"data": {"source": None, "dataset": {"path": "acme/none"}}})
    refused(1, ["data.dataset 'acme/none': the data set cannot be loaded", "--data PATH"])


def test_a_fault_of_several_records_is_told_once(pets: Path, refused: Callable[..., None]) -> None:
    """The first is named in full, then how many have it and where the first five stand."""
    records = [{"text": f"pet {number}", "kind": ["dog"] if number % 2 else "cat"} for number in range(16)]
    (pets / "lists.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    patch(pets, {"data": {"source": "lists.jsonl"}})
    says = "holds a list in row 2 of {file}; a label is one value. So it is in 8 records: rows 2, 4, 6, 8, 10 of {file}"
    refused(1, [says, "and 3 more."], file=str(pets / "lists.jsonl"))
