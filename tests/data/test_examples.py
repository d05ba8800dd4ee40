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
    """A text stays as it is, white space and marks too; its entities keep their places, in their order."""
    records = [
        {"text": f"\tU.S.-based  Añn\n\U0001f600 {number} ", "spans": [
            {"start": 13, "end": 16, "label": "name"}, {"start": 1, "end": 5, "label": "place"}]}
        for number in range(9)
    ]  # fmt: skip
    columns = {"text": "text", "entities": "spans"}
    facts = prepare(TOKEN, source=write("records.jsonl", records), columns=columns)
    row = rows(tmp_path)[0]
    assert row["text"] == "\tU.S.-based  Añn\n\U0001f600 0 "
    named = [(row["text"][start:end], facts.labels[2 * kind + 1]) for start, end, kind in row["entities"]]
    assert named == [("U.S.", "B-place"), ("Añn", "B-name")]
    assert "words" not in row


def test_entities_may_be_trimmed(prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path) -> None:
    """White space at the borders of an entity is left out where the recipe says so."""
    records = [
        {"text": f"in Old  Mill {number}", "spans": [{"start": 2, "end": 13, "label": "place"}]} for number in range(9)
    ]
    columns = {"text": "text", "entities": "spans"}
    prepare(TOKEN, source=write("records.jsonl", records), columns=columns, entity_borders="trim")
    assert rows(tmp_path)[0]["entities"] == [[3, 12, 0]]


@pytest.mark.parametrize(
    ("language", "tokens", "text"),
    [
        ("en", ["We", "did", "n't", "(", "yet", ")", "pay", "$", "5", "."], "We didn't (yet) pay $5."),
        ("de", ["Er", "sagte", ":", "„", "Ja", "“", ",", "oder", "?"], None),
        ("fr-CA", ["L'", "eau", "coule", ",", "dit-il", "."], "L'eau coule, dit-il."),
        ("zh", ["我", "在", "北京", "用", "GPT", "4", "写", "。"], "我在北京用GPT 4写。"),
        ("th", ["ฉัน", "อยู่", "ที่", "ปาย"], "ฉันอยู่ที่ปาย"),
        ("en", ["New\u00a0York", "is", "far", "."], "New\u00a0York is far ."),
        ("en", ["&amp;", "|", "<b>", "@-@", "x"], None),
        (
            "ar",
            ["قالت", "\u060c", "هل", "وصلت", "\u061f", "نعم", "\u061b", "اليوم", "."],
            "قالت\u060c هل وصلت\u061f نعم\u061b اليوم.",
        ),
        ("ur", ["لاہور", "بڑا", "ہے", "\u06d4"], "لاہور بڑا ہے\u06d4"),
        ("en", ["Both", "left", "\u201c", "soon", "\u201d", "."], "Both left \u201csoon\u201d."),
    ],
)
def test_the_text_of_tokens(
    language: str, tokens: list[str], text: str | None, prepare: Callable[..., SplitFacts],
    write: Callable[..., str], tmp_path: Path,
) -> None:  # fmt: skip
    """Natural spacing in the recipe's language; each token stands where the record says, and is as it was."""
    records = [
        {"tokens": [*tokens, str(number)], "tags": ["B-place", "I-place", *"O" * (len(tokens) - 1)]}
        for number in range(9)
    ]
    columns = {"tokens": "tokens", "tags": "tags"}
    spec = {**TOKEN, "language": [language]}
    prepare(spec, source=write("records.jsonl", records), columns=columns)
    row = rows(tmp_path)[0]
    assert text is None or row["text"].removesuffix("0").rstrip() == text
    assert [row["text"][start:end] for start, end in row["words"]] == [*tokens, "0"]
    assert row["entities"] == [[0, row["words"][1][1], 0]]


def test_the_escapes_of_a_treebank_become_signs(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Quotes and brackets are spaced as texts have them, and entities beside and around them stand where they are."""
    tokens = ["``", "Stay", ",", "''", "wrote", "Ann", "-LRB-", "of", "Old", "-lsb-", "Mill", "-rsb-", "-RRB-", "''"]
    tags = [*"OOOOO", "B-place", *"OO", "B-place", *["I-place"] * 3, *"OO"]
    records = [{"tokens": [*tokens, str(number)], "tags": [*tags, "O"]} for number in range(9)]
    columns = {"tokens": "tokens", "tags": "tags"}
    prepare({**TOKEN, "language": ["en"]}, source=write("records.jsonl", records), columns=columns)
    row = rows(tmp_path)[0]
    assert row["text"] == '"Stay," wrote Ann (of Old [Mill])" 0'
    assert [row["text"][start:end] for start, end, _ in row["entities"]] == ["Ann", "Old [Mill]"]
    assert "".join(row["text"][start:end] for start, end in row["words"]) == row["text"].replace(" ", "")


def test_tokens_may_keep_their_spaces(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Without restoring, the text of tokens is their words with a space between two."""
    records = [{"tokens": ["In", "Ulm", ",", str(number)], "tags": ["O", "B-place", "O", "O"]} for number in range(9)]
    columns = {"tokens": "tokens", "tags": "tags"}
    prepare(TOKEN, source=write("records.jsonl", records), columns=columns, detokenize=False)
    assert rows(tmp_path)[0]["text"] == "In Ulm , 0"
    assert rows(tmp_path)[0]["entities"] == [[3, 6, 0]]


def test_a_duplicate_is_a_text_that_stands_twice(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """Whatever its labels, a text in two splits could be answered from memory: of equal texts the first stays."""
    records = [*coloured(30), {"text": "picture 3", "colours": ["red"]}]
    facts = prepare(MULTI, source=write("records.jsonl", records), duplicates="drop")
    assert (facts.dropped, sum(facts.counts.values())) == ({"duplicates with another label": 1}, 30)
