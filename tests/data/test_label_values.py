"""What people write for labels: lists as text, zeros and ones, columns of them; never cut in pieces in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.records import SEVERAL, TOKENS, answers, previewed
from hubpress.errors import DataError

LABELS = ["event", "repair", "urgent"]


def _read(folder: Path, values: list[Any], changes: dict[str, Any] = SEVERAL, **data: Any) -> list[tuple[str, ...]]:
    """Return the answers of records of which each has one of *values* for its topic."""
    rows = [{"text": f"message {number}", "topic": value} for number, value in enumerate(values)]
    (folder / "records.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    key = "labels" if changes is SEVERAL else "label"
    columns = {"label": None, **data.pop("columns", {}), key: "topic"}
    return answers(previewed(folder, changes, source="records.jsonl", columns=columns, **data))


WRITTEN = ["event", "it's", 'a "b"', "x, y", "new\nline", "Tür", "back\\slash", "007"]


@pytest.mark.parametrize(
    "write", [repr, json.dumps, lambda labels: str(np.array(labels, dtype=object)), lambda labels: str(set(labels))]
)
def test_a_list_as_text_is_read_back(write: Any, tmp_path: Path) -> None:
    """Python, JSON and numpy write lists of any words; each is read as the list that it was."""
    lists = [[word, WRITTEN[number - 1]] for number, word in enumerate(WRITTEN)] + [[word] for word in WRITTEN]
    assert _read(tmp_path, [write(words) for words in lists]) == [
        tuple(sorted({word.strip() for word in words})) for words in lists
    ]


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "a list with a separator": (
        "['event', 'urgent']",
        {"columns": {"separator": ","}},
        "holds the text \"['event', 'urgent']\", which looks like a list in row 1",
    ),
    "a list without quotes": ("[event, urgent]", {}, "write its labels in quotes, as JSON has them."),
    "a list without quotes, with a separator": (
        "[event, urgent]",
        {"columns": {"separator": ","}},
        "which looks like a list in row 1 of",
    ),
    "a list that numpy has cut": ("['event' ... 'urgent']", {}, "write its labels in quotes"),
    "a list with and without commas": ("['a', 'b' 'c']", {}, "write its labels in quotes"),
    "zeros and ones without names": ([0.0, 1.0, 0.0], {}, "holds the vector [0.0, 1.0, 0.0] in row 1"),
    "zeros and ones as text without names": ("[0 1 0]", {}, "list the labels of its positions in data.labels, or"),
    "more positions than labels": ([0, 1], {"labels": LABELS}, "a vector of 2 zeros and ones in row 1"),
    "a mapping": ("{'event': 1, 'urgent': 0}", {}, "write the names of its labels as a list"),
    "lists in a list": ("[['event'], ['urgent']]", {}, "write the names of its labels as a list"),
    "shares": ([0.2, 0.8], {}, "holds the numbers [0.2, 0.8] in row 1"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_certainly_labels_is_refused(kind: str, tmp_path: Path) -> None:
    """Each is refused with the value, its row and what to write."""
    value, data, says = REFUSED[kind]
    with pytest.raises(DataError) as caught:
        _read(tmp_path, [value], **data)
    assert says in str(caught.value)
    assert str(caught.value).startswith("data.columns.labels 'topic': holds ")


def test_brackets_may_be_part_of_labels(tmp_path: Path) -> None:
    """A text whose parts have brackets of their own is divided by the separator."""
    assert _read(tmp_path, ["[new]; [used]", "(2020)"], columns={"separator": ";"}) == [
        ("[new]", "[used]"),
        ("(2020)",),
    ]


def test_zeros_and_ones_by_the_listed_labels(tmp_path: Path) -> None:
    """Their positions are the labels' places, as numbers, floats, truth values or text; unless labels are called so."""
    vectors = [[1, 0, 1], [1.0, 0.0, 1.0], [True, False, True], "[1, 0, 1]", "[1. 0. 1.]"]
    assert _read(tmp_path, vectors, labels=LABELS) == [("event", "urgent")] * 5
    assert _read(tmp_path, [[0, 1]], label_names={"e": "event", "r": "repair"}) == [("repair",)]
    assert _read(tmp_path, [[1, 0], [0]], label_names={"0": "no", "1": "yes"}) == [("no", "yes"), ("no",)]
    assert _read(tmp_path, [[3, 12], [1]]) == [("12", "3"), ("1",)]


def test_one_label_of_zeros_and_ones(tmp_path: Path) -> None:
    """A vector with exactly one 1 is one label; several, or a list of words, are refused."""
    assert _read(tmp_path, [[0, 1, 0], "[0, 0, 1]"], {}, labels=LABELS) == [("repair",), ("urgent",)]
    for value, says in (
        ([1, 1, 0], "holds 2 labels in row 1"),
        ("['event']", "holds the list \"['event']\" in row 1"),
        ([0, 1, 0, 0], "a vector of 4 zeros and ones"),
    ):
        with pytest.raises(DataError) as caught:
            _read(tmp_path, [value], {}, labels=LABELS)
        assert says in str(caught.value)


def test_columns_of_labels(tmp_path: Path) -> None:
    """Every column that says 1 or true is a label; what says neither is refused with its column and row."""
    columns = {"label": None, "label_columns": LABELS}
    (tmp_path / "records.csv").write_text(
        "text,event,repair,urgent\na,1,0,1.0\nb,TRUE,false,\nc,0,1,0\n", encoding="utf-8"
    )
    assert answers(previewed(tmp_path, SEVERAL, source="records.csv", columns=columns)) == [
        ("event", "urgent"),
        ("event",),
        ("repair",),
    ]
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.csv", columns=columns)
    assert "data.columns.label_columns: holds 2 of their columns with 1 in row 1" in str(caught.value)
    (tmp_path / "records.csv").write_text("text,event,repair,urgent\na,-1,0,0\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, SEVERAL, source="records.csv", columns=columns)
    assert "holds '-1' in the column 'event' in row 1" in str(caught.value)


def test_tokens_and_tags_as_text(tmp_path: Path) -> None:
    """A CSV file has lists of tokens, tags and ids as text."""
    (tmp_path / "records.csv").write_text(
        "tokens,tags,ids\n\"['Old', 'Mill']\",\"['B-Place', 'I-Place']\",\"[1, 2]\"\n", encoding="utf-8"
    )
    for tags in ("tags", "ids"):
        columns = {"label": None, "tokens": "tokens", "tags": tags}
        names: dict[str, Any] = {"tag_names": ["O", "B-Place", "I-Place"]}
        assert answers(previewed(tmp_path, TOKENS, source="records.csv", columns=columns, **names)) == [
            ("Old Mill/Place",)
        ]
