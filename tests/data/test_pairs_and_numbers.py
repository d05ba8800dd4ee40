"""Pairs of texts and numbers in records: what the splits hold, what counts as repeated, and what a preview shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from helpers.data import rows
from helpers.processes import Command
from hubpress.schemas.splits import SplitFacts

PAIRS: dict[str, Any] = {
    "widget": [{"text": "Does it bark?", "text_pair": "It barks.", "example_title": "Yes"}],
    "data": {"columns": {"label": "kind"}, "input_template": "{{ question }}", "text_pair": "{{ answer }}"},
}
NUMBERS: dict[str, Any] = {
    "task": "regression",
    "data": {"columns": {"target": "weight"}, "labels": None, "targets": {"kilograms": [0, 40]}},
}
Write = Callable[[str, Sequence[dict[str, Any]] | str], str]


def questions(count: int = 24) -> list[dict[str, Any]]:
    """Two questions stand many times, each with other answers."""
    return [
        {"question": f"Is it a {('dog', 'cat')[place % 2]}?", "answer": f"It is number {place}.", "kind": "dog"}
        | ({"kind": "cat"} if place % 3 else {})
        for place in range(count)
    ]


def test_a_pair_is_two_columns_and_repeated_as_a_whole(
    prepare: Callable[..., SplitFacts], write: Write, tmp_path: Path
) -> None:
    """A text may stand in many pairs; the same two texts in the other order are another pair."""
    records = questions()
    records += [{**records[0], "question": records[0]["answer"], "answer": records[0]["question"]}]
    facts = prepare(PAIRS, source=write("pairs.jsonl", records))
    found = rows(tmp_path)
    assert [(one["text"], one["text_pair"]) for one in found] == [(one["question"], one["answer"]) for one in records]
    changed = prepare(PAIRS, source=write("pairs.jsonl", [{**one, "answer": f"{one['answer']}."} for one in records]))
    assert facts.dropped == {} and facts.fingerprints["train"] != changed.fingerprints["train"]


def test_a_pair_that_stands_twice_is_refused(
    hubpress: Command, prepare: Callable[..., SplitFacts], write: Write, tmp_path: Path
) -> None:
    records = questions()
    prepare(PAIRS, source=write("pairs.jsonl", records))
    write("pairs.jsonl", [*records, records[3]])
    ran = hubpress("data", "pets", "--models", tmp_path / "models", "--build-dir", tmp_path / "build", "--quiet")
    assert ran.code == 1
    assert "rows 4, 25 of" in ran.err and "Is it a cat? | It is number 3." in ran.err


def test_numbers_are_split_by_their_size(prepare: Callable[..., SplitFacts], write: Write, tmp_path: Path) -> None:
    """Each split has small and large ones; they are read from numbers and from texts, and kept as they are."""
    records = [{"text": f"pet {place}", "weight": (str, float)[place % 2](place / 2)} for place in range(60)]
    facts = prepare(NUMBERS, source=write("weights.jsonl", records))
    assert [one["targets"] for one in rows(tmp_path)] == [[place / 2] for place in range(60)]
    assert facts.labels == ("kilograms",) and facts.targets is not None
    for split, numbers in facts.targets.items():
        one = numbers["kilograms"]
        assert one.low < 8 and one.high > 22 and 10 < one.mean < 20, split


def test_several_numbers_are_columns(prepare: Callable[..., SplitFacts], write: Write, tmp_path: Path) -> None:
    records = [{"text": f"pet {place}", "weight": place, "age": -place / 4} for place in range(24)]
    changes = {**NUMBERS, "data": {"columns": {"target_columns": ["age", "weight"]}, "labels": None}}
    facts = prepare(changes, source=write("weights.jsonl", records))
    assert facts.labels == ("age", "weight")
    assert rows(tmp_path)[4]["targets"] == [-1.0, 4.0]


def test_a_preview_shows_both_texts_and_the_number(
    hubpress: Command, prepare: Callable[..., SplitFacts], write: Write, tmp_path: Path
) -> None:
    data = {**NUMBERS["data"], "text_pair": "{{ note }}"}
    changes = {**NUMBERS, "widget": PAIRS["widget"], "data": data}
    records = [{"text": f"pet {place}", "note": "is heavy", "weight": place} for place in range(24)]
    prepare(changes, source=write("weights.jsonl", records))
    ran = hubpress("data", "pets", "--models", tmp_path / "models", "--preview", "--rows", "1")
    shown = [line.strip() for line in ran.out.splitlines()]
    assert shown[shown.index("text: pet 0") :][:3] == ["text: pet 0", "text_pair: is heavy", "kilograms: 0"]
