"""One text for one record: what training reads is what a pipeline and a Space read."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from helpers.pipeline import load
from hubpress.data.examples import reader_of
from hubpress.data.left_out import LeftOut
from hubpress.data.sources import read_records, source_files
from hubpress.input_template import fields_of, filled, render
from hubpress.recipe.load import load_recipe, model_folders

record_text = load("record_text")


@pytest.mark.parametrize("name", sorted(model_folders(None)))
def test_training_and_use_read_the_same_text(name: str, tmp_path: Path) -> None:
    """For every sample record of every model that has a template."""
    recipe = load_recipe(name, sample=True)
    template = recipe.data.input_template
    if template is None:
        pytest.skip("a token model reads its tokens as they are")
    reader, compared = reader_of(recipe), 0
    for source in read_records(recipe.data, source_files(recipe), reader.columns, cache_dir=tmp_path):
        for record in source.records:
            assert not isinstance(record, LeftOut)
            in_use = record_text.input_text(template, {field: record[field] for field in fields_of(template)})
            assert reader.read(record, "a row").text == render(template, record) == in_use
            compared += 1
    assert compared > 100


def test_fields_come_in_the_order_of_the_template() -> None:
    """Names of Jinja's own functions are fields; names that the template sets itself are not."""
    template = "{% set both = title ~ range %}{{ both }} {{ dict }} {{ abstract | trim }}{{ title }}"
    assert fields_of(template) == record_text.fields_of(template) == ("title", "range", "dict", "abstract")


def test_what_is_missing_reads_as_empty() -> None:
    """None and NaN are empty; zero and an array are not; of nothing but empty fields nothing is read."""
    assert filled({"a": None, "b": math.nan, "c": 0, "d": np.float32("nan")}) == {"a": "", "b": "", "c": 0, "d": ""}
    array = np.array([1.0, math.nan])
    assert filled({"a": array})["a"] is array
    assert render("<{{ a }}>", {"a": 0, "more": 1}) == "<0>"
    assert render("<{{ a }}{{ b }}>", {"a": None, "b": " "}) == ""


@pytest.mark.parametrize("value", [["red", "green"], ("red",), {"colour": "red"}, b"red", np.array(["red"])])
def test_a_list_is_not_printed_as_python_writes_it(value: object) -> None:
    """A template joins it, or names one of its values; brackets and quotes would be read as words."""
    with pytest.raises(ValueError, match=r"it prints a \w+ as it stands. Name one of its values, or join them"):
        render("{{ a }}", {"a": value})
    assert render("{{ a | join(' ') }}, {{ a | length }}", {"a": ["red", "green"]}) == "red green, 2"
