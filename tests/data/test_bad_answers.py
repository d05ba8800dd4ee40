"""What is taken from a record: its text by the template, its answer by its column, or one clear message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.paths import SAMPLES
from hubpress.data.examples import Example, ExampleReader, reader_of
from hubpress.errors import DataError
from hubpress.recipe.load import load_recipe

GOOD = SAMPLES / "bad" / "good"
SEVERAL = {"task": "multi-label", "decision": {"rule": "threshold", "threshold": 0.5}}


@pytest.fixture
def reader(tmp_path: Path) -> Callable[..., ExampleReader]:
    """Return the reader of the good model's records, with changes to its recipe."""

    def made(changes: dict[str, Any] | None = None, **data: Any) -> ExampleReader:
        recipe = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
        recipe |= changes or {}
        recipe["data"] |= {"labels": None, **data}
        recipe["data"] = {key: value for key, value in recipe["data"].items() if value is not None}
        folder = tmp_path / "models" / "pets"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        return reader_of(load_recipe("pets", models_dir=folder.parent))

    return made


@pytest.mark.parametrize("text", ["Water; Health", "a; b; c", "; ", "Water;Health", "Water"])
def test_labels_in_one_text_need_a_separator(reader: Callable[..., ExampleReader], text: str) -> None:
    """Whatever marks the text holds, the message quotes it and says where to name the separator."""
    with pytest.raises(DataError) as caught:
        reader(SEVERAL, columns={"labels": "kinds"}).read({"text": "x", "kinds": text}, "row 3 of r.csv")
    assert str(caught.value) == (
        f"data.columns.labels 'kinds': holds the text {text!r} in row 3 of r.csv; "
        "name the mark between its labels in data.columns.separator."
    )


def test_labels_in_one_text_are_divided_by_the_separator(reader: Callable[..., ExampleReader]) -> None:
    """With the separator, each label stands by itself, sorted and once."""
    columns = {"labels": "kinds", "separator": ";"}
    example = reader(SEVERAL, columns=columns).read({"text": "x", "kinds": "Water; Health;Water"}, "row 1")
    assert example == Example("x", json.dumps(["Health", "Water"]))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (["dog; cat"], "holds a list in row 3; a label is one value."),
        ({"a; b": 1}, "holds a dict in row 3; a label is one value."),
    ],
)
def test_a_label_is_one_value(reader: Callable[..., ExampleReader], value: Any, says: str) -> None:
    """A list or a mapping is no label, whatever it holds."""
    with pytest.raises(DataError) as caught:
        reader().read({"text": "x", "kind": value}, "row 3")
    assert str(caught.value) == f"data.columns.label 'kind': {says}"


def test_a_column_may_be_called_like_a_function_of_jinja(reader: Callable[..., ExampleReader]) -> None:
    """``dict`` and ``range`` are fields in training as they are in use."""
    made = reader(input_template="{{ dict }} {{ title }}: {{ range }}")
    assert {"dict", "range", "title"} <= made.columns.fields.keys()
    record = {"dict": "A", "title": "B", "range": "C", "kind": "dog"}
    assert made.read(record, "row 1") == Example("A B: C", "dog")
