"""Columns that are no words: reached by a template in training, in the pipelines, and in the Space's files alike."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from helpers.data import rows
from helpers.paths import ROOT
from helpers.pipeline import load
from hubpress.data.formats import read_file
from hubpress.data.reading import RecordFile, RequiredColumns
from hubpress.errors import DataError
from hubpress.schemas.splits import SplitFacts

RECORDS = [
    {
        "Pet's note": f"note {number}",
        "größe, cm": number,
        "class": "x",
        "2nd look": None,
        "kind": ("dog", "cat")[number % 2],
    }
    for number in range(24)
]
TEMPLATE = "{{ pet_s_note }} of {{ record['größe, cm'] }} {{ class }}{{ _2nd_look }}"
TEXTS = [f"note {number} of {number} x" for number in range(24)]


def _csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(RECORDS[0]))
        writer.writeheader()
        writer.writerows(RECORDS)


def _jsonl(path: Path) -> None:
    given = [{name: value for name, value in record.items() if value is not None} for record in RECORDS]
    given[0]["2nd look"] = ""  # else no record had the column
    path.write_text("".join(json.dumps(record) + "\n" for record in given), encoding="utf-8")


def _parquet(path: Path) -> None:
    parquet.write_table(pyarrow.Table.from_pylist(RECORDS), path)


@pytest.mark.parametrize(("name", "write"), [("r.csv", _csv), ("r.jsonl", _jsonl), ("r.parquet", _parquet)])
def test_training_reads_them_in_every_format(
    prepare: Callable[..., SplitFacts], tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    """By short names and by ``record['…']``; texts of one record are the same whatever the file."""
    (tmp_path / "models" / "pets").mkdir(parents=True)
    write(tmp_path / "models" / "pets" / name)
    inputs = {"evaluation": {"inputs": {"note": ["pet_s_note"], "both": ["pet_s_note", "größe, cm"]}}}
    prepare(inputs, source=name, input_template=TEMPLATE)
    found = rows(tmp_path)
    assert [row["text"] for row in found] == TEXTS
    assert json.loads(found[3]["record"]) | {"größe, cm": 3} == {
        "pet_s_note": "note 3", "größe, cm": 3, "class": "x", "_2nd_look": ""
    }  # fmt: skip


def test_use_reads_what_training_reads() -> None:
    """A record may call a field as the template does, or as its column is called, and not both at once."""
    record_text = load("record_text")
    for record, text in zip(RECORDS, TEXTS, strict=True):
        given: dict[str, Any] = {name: value for name, value in record.items() if name != "kind"}
        assert record_text.input_text(TEMPLATE, given) == text
        note = given.pop("Pet's note")
        assert record_text.input_text(TEMPLATE, {**given, "pet_s_note": note}) == text
    with pytest.raises(ValueError, match="unknown field 'Pet note'"):
        record_text.input_text(TEMPLATE, {"Pet note": "x"})
    with pytest.raises(ValueError, match='unknown field "Pet\'s note"'):
        record_text.input_text(TEMPLATE, {"pet_s_note": "x", "Pet's note": "y"})
    with pytest.raises(ValueError, match=r"write record\['a b'\] or record\['a-b'\]"):
        record_text.input_text("{{ a_b }}", {"a b": 1, "a-b": 2})


@pytest.mark.parametrize(
    ("template", "record", "text"),
    [
        ("{{ self }} {{ loop }} {{ cycler }}", {"self": 1, "loop": 2, "cycler": 3}, "1 2 3"),
        ("{{ record['none'] }}{{ record['true'] }}{{ record.not }}", {"none": 1, "true": 2, "not": 3}, "123"),
        (
            "{{ for }} {{ if }}{{ record.items }}{{ record['keys'] }}",
            {"for": 1, "if": 2, "items": 3, "keys": 4},
            "1 234",
        ),
        ("{% set title = record.title | upper %}{{ title }} {{ record['title'] }}", {"title": "ab"}, "AB ab"),
        ("{% for record in all %}{{ loop.index }}{{ record.a }}{% endfor %}", {"all": [{"a": "x"}]}, "1x"),
        ("{{ record['record'].a }} {{ gro\u0308ße }}", {"record": {"a": 1}, "größe": 2}, "1 2"),
    ],
)
def test_a_word_of_jinja_is_a_field(template: str, record: dict[str, Any], text: str) -> None:
    """Unless the template sets it itself, or Jinja2 does in a loop."""
    assert load("record_text").input_text(template, record) == text


def test_files_of_a_space_may_have_either_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The column as people have it, or the field; two that may be one are told in one sentence."""
    for folder in (ROOT / "spaces" / "shared", ROOT / "models" / "pipelines"):
        monkeypatch.syspath_prepend(str(folder))
    from inputs import read_inputs
    from settings import Limits, Problem

    limits, fields = Limits(rows=9, file_mb=1, characters=999), ("review_text", "a-b")
    for header, given in (
        ("Review Text;a-b;id", {"Review Text": "x", "a-b": "y"}),
        ("id;review_text;a-b", {"review_text": "1", "a-b": "y"}),
    ):
        path = tmp_path / "some.csv"
        path.write_text(
            f"{header}\nx;y;1\n".replace("x;y;1", "x;y;1" if header[0] == "R" else "7;1;y"), encoding="utf-8"
        )
        assert [row.given for row in read_inputs(path, None, fields, limits).rows()] == [given]
    path.write_text("Review Text,review-text\nx,y\n", encoding="utf-8")
    with pytest.raises(Problem, match="cannot be told apart: 'review_text' is short for"):
        read_inputs(path, None, fields, limits)
    for name in ("inputs", "settings", "record_text"):
        sys.modules.pop(name, None)


def test_two_columns_of_one_short_name_are_refused(tmp_path: Path) -> None:
    """When a template uses it, also where they stand in different records."""
    columns = RequiredColumns({"a_b": "data.input_template", "kind": "data.columns.label"}, frozenset(["a_b"]))
    path = tmp_path / "r.jsonl"
    path.write_text('{"a b": "x", "kind": 1}\n{"a-b": "y", "kind": 2}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"two columns of r.jsonl apart: 'a_b' is short for 'a b' and for 'a-b'"):
        list(read_file(RecordFile(path, "r.jsonl", columns), "jsonl"))


def test_a_missing_column_is_answered_with_how_to_write_those_that_are_there(tmp_path: Path) -> None:
    """And one that a template says plainly is a model's text, whatever it is called."""
    columns = RequiredColumns({"pet": "data.input_template"}, frozenset(["pet"]))
    path = tmp_path / "r.csv"
    path.write_text("pet-name,none,kind\nx,y,z\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(read_file(RecordFile(path, "r.csv", columns), "csv"))
    assert "Columns: record['pet-name'] or pet_name, record['none'], kind." in str(caught.value)
    plain = load("record_text").is_plain
    assert plain("{{ text }}") and plain(" {{ record['Pet Name'] }}\n") and plain("{{ range }}")
    assert not plain("{{ text | trim }}") and not plain("A {{ text }}") and not plain("{{ a }}{{ b }}")
