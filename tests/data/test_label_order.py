"""The order of the labels that no list orders, and labels that are one number twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.data import MULTI
from helpers.faults import patch
from hubpress.schemas.splits import SplitFacts


def as_csv(labels: list[str]) -> str:
    rows = [f"pet {number} of {label} sleeps,{label}" for label in labels for number in range(8)]
    return "\n".join(["text,kind", *rows]) + "\n"


@pytest.mark.parametrize(
    "labels",
    [
        ("1", "2", "3", "10", "20"),
        ("-10", "-1", "0", "1"),
        ("0.5", "1.0", "2.25", "10.0"),
        ("1 star", "2 stars", "10 stars"),
        ("10", "100", "9", "none"),
        ("10 cats", "9 dogs"),
        ("C1", "C10", "C2"),
        ("1-5", "10-20", "6-9"),
    ],
    ids=str,
)
def test_labels_are_in_order(
    labels: tuple[str, ...], prepare: Callable[..., SplitFacts], write: Callable[..., str]
) -> None:
    """Numbers, and numbers of one unit, go by their size; what is mixed or holds more than a number by the alphabet."""
    facts = prepare({}, source=write("numbers.csv", as_csv([*labels][::-1])), labels=None)
    assert facts.labels == labels


def test_several_labels_are_in_order_too(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """Whatever the task."""
    records = [{"text": f"pet {number}", "colours": [9 + number % 3, number % 2]} for number in range(60)]
    assert prepare(MULTI, source=write("numbers.jsonl", records)).labels == ("0", "1", "9", "10", "11")


TWINS = [("1", "1.0"), ("01", "1"), ("+2", "2"), ("1", "true"), ("0", "False")]


@pytest.mark.parametrize("twins", TWINS)
def test_one_number_written_twice_is_refused(twins: tuple[str, str], pets: Path, refused: Callable[..., None]) -> None:
    """Two ways of writing a number are no two labels."""
    (pets / "numbers.csv").write_text(as_csv([*twins, "5"]), encoding="utf-8")
    patch(pets, {"data": {"source": "numbers.csv", "labels": None}})
    refused(1, [f"data.columns.label 'kind': the labels {twins[0]!r} and {twins[1]!r} are the same number."])


@pytest.mark.parametrize("twins", TWINS)
def test_one_number_listed_twice_is_two_labels(
    twins: tuple[str, str], prepare: Callable[..., SplitFacts], write: Callable[..., str]
) -> None:
    """Codes that look like one number are as the recipe lists them."""
    labels = [*twins, "5"]
    assert prepare({}, source=write("numbers.csv", as_csv(labels)), labels=labels).labels == tuple(labels)
