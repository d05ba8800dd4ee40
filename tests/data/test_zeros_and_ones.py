"""Lists of zeros and ones where labels are called 0 or 1: positions, names, or refused, as all records say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.records import SEVERAL, answers, previewed, recipe_with
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.errors import DataError

BITS: dict[str, tuple[list[str], list[Any], list[tuple[str, ...]]]] = {
    "a label stands twice": (["0", "1"], [[1, 0], [1, 1], [0, 1]], [("0",), ("0", "1"), ("1",)]),
    "three digits": (["0", "1", "2"], [[1, 0, 1], [0, 1, 0]], [("0", "2"), ("1",)]),
    "no label is called 0": (["1", "2"], [[0, 1], [1, 0]], [("2",), ("1",)]),
    "written as text": (["0", "1", "2"], ["[0 1 1]", "[1, 0, 0]"], [("1", "2"), ("0",)]),
    "names, of which one stands alone": (["0", "1"], [[0, 1], [1]], [("0", "1"), ("1",)]),
    "names, with another beside them": (["0", "1", "2"], [[0, 1], [2, 1]], [("0", "1"), ("1", "2")]),
    "names as texts": (["0", "1"], [["1", "0"], ["0"]], [("0", "1"), ("0",)]),
}
UNCERTAIN: dict[str, tuple[list[str], list[Any], str]] = {
    "both in every record": (["0", "1"], [[1, 0], [0, 1]], "in row 1 of {file}; it is read by position as ['0'], by"),
    "some as names": (["0", "1"], [[1, 1], [0]], "[1, 1] is one of positions, but ['0'] one of names"),
    "longer than the labels": (["0", "1"], [[1, 0, 1]], "data.labels has 2 labels"),
    "texts that stand twice": (["0", "1", "2"], [["1", "0", "1"]], "a label stands once"),
}


def _write(folder: Path, lists: list[Any]) -> dict[str, Any]:
    rows = [{"text": f"note {number}", "topic": value} for number, value in enumerate(lists)]
    (folder / "notes.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return {"source": "notes.jsonl", "columns": {"label": None, "labels": "topic"}}


@pytest.mark.parametrize("kind", BITS)
def test_labels_that_are_digits(kind: str, tmp_path: Path) -> None:
    """The labels are those that all records allow, whichever of them is looked at first."""
    labels, lists, wanted = BITS[kind]
    data = _write(tmp_path, lists)
    assert answers(previewed(tmp_path, SEVERAL, labels=labels, **data)) == wanted
    assert answers(previewed(tmp_path, SEVERAL, labels=labels, count=1, **data)) == wanted[:1]


@pytest.mark.parametrize("kind", UNCERTAIN)
def test_labels_that_cannot_be_told_are_refused(kind: str, tmp_path: Path) -> None:
    """The list is named with its row and both of its readings."""
    labels, lists, says = UNCERTAIN[kind]
    data = _write(tmp_path, lists)
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, SEVERAL, labels=labels, **data)
    assert says.format(file="notes.jsonl") in str(caught.value)


def test_splits_count_the_labels_at_positions(tmp_path: Path) -> None:
    """What is trained on is what the preview shows; records with the same labels count as labelled alike."""
    data = _write(tmp_path, [[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1]] * 8)
    split = {"method": "random", "test_size": 0.25, "validation_size": 0.25}
    recipe = recipe_with(tmp_path, SEVERAL, labels=["0", "1", "2"], split=split, **data)
    facts = prepare(recipe, source_files(recipe), tmp_path / "data", cache_dir=tmp_path / "cache")
    counts = [sum(split[label] for split in facts.label_counts.values()) for label in facts.labels]
    assert (facts.labels, counts) == (("0", "1", "2"), [16, 16, 16])
