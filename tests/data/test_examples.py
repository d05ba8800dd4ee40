"""Records of the other tasks: several labels, fields, entities, what is a duplicate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.data import MULTI, TOKEN, coloured, rows
from hubpress.data.splitting import SPLITS
from hubpress.schemas.splits import SplitFacts


@pytest.mark.parametrize("form", ["list", "separator"])
def test_several_labels(
    form: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """A list of labels, or a text with a separator, becomes sorted ids; a label twice counts once."""
    records = coloured(30)
    columns = {"labels": "colours"}
    if form == "separator":
        records = [{**row, "colours": " | ".join(row["colours"])} for row in records]
        columns["separator"] = "|"
    facts = prepare(MULTI, source=write("records.jsonl", records), columns=columns)
    assert facts.labels == ("blue", "gold", "green", "red")
    for row, record in zip(rows(tmp_path), coloured(30), strict=True):
        assert list(row) == ["text", "labels", "row"]
        assert [facts.labels[number] for number in row["labels"]] == sorted(set(record["colours"]))
    assert sum(facts.label_counts[name]["gold"] for name in SPLITS) == 1


def test_fields_are_kept_where_inputs_leave_some_out(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """With evaluation.inputs a split holds the template's fields as JSON, empty where they are missing."""
    inputs = {"evaluation": {"inputs": {"text alone": ["text"]}}}
    prepare({**MULTI, **inputs}, source=write("records.jsonl", coloured(30)), input_template="{{ text }} {{ note }}")
    row = rows(tmp_path)[4]
    assert json.loads(row["record"]) == {"text": "picture 4", "note": ""}
    assert row["text"] == "picture 4"


def test_entities_of_a_text(prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path) -> None:
    """Spans of a text become tokens and tags; a token ends where an entity does."""
    records = [
        {"text": f"U.S.-based Ann, {number}", "spans": [
            {"start": 11, "end": 14, "label": "name"}, {"start": 0, "end": 4, "label": "place"}]}
        for number in range(9)
    ]  # fmt: skip
    columns = {"text": "text", "entities": "spans"}
    facts = prepare(TOKEN, source=write("records.jsonl", records), columns=columns)
    row = rows(tmp_path)[0]
    assert row["tokens"] == ["U", ".", "S", ".", "-", "based", "Ann", ",", "0"]
    assert [facts.labels[tag] for tag in row["tags"]] == ["B-place", *["I-place"] * 3, "O", "O", "B-name", "O", "O"]


def test_a_duplicate_is_a_text_that_stands_twice(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """Whatever its labels, a text in two splits could be answered from memory: of equal texts the first stays."""
    records = [*coloured(30), {"text": "picture 3", "colours": ["red"]}]
    facts = prepare(MULTI, source=write("records.jsonl", records), duplicates="drop")
    assert (facts.dropped, sum(facts.counts.values())) == ({"duplicates with another label": 1}, 30)
