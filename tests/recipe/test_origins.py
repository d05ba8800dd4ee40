"""Where a value of a recipe was given: a line of the file, a line of its sample block, or words of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubpress.errors import RecipeError
from hubpress.recipe.layers import Layers

RECIPE = """\
title: Pets
data:
  source: records.csv
  columns:
    label: kind
  labels: [dog, cat]
base_model: {id: acme/base, revision: main}
sample:
  training:
    seed: 1
  base_model:
    path: base
  records:
    data:
      source: sample.csv
"""


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layers:
    """The layers of a small recipe, which stands below the working directory."""
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Layers(tmp_path / "recipe.yaml")


def test_lines_of_the_file(layers: Layers) -> None:
    """A value has its line, one in a list too; what is missing has the line of the block around it."""
    assert layers.origin(("data", "columns", "label")) == "recipe.yaml:5"
    assert layers.origin(("data", "labels", 1)) == "recipe.yaml:6"
    assert layers.origin(("data", "labels", 7)) == "recipe.yaml:6"
    assert layers.origin(("data", "columns", "separator")) == "recipe.yaml:4"
    assert layers.origin(("license",)) == layers.origin(()) == "recipe.yaml"
    assert layers.line(("title",), "is short.") == "recipe.yaml:1: title: is short."


def test_lines_of_the_sample(layers: Layers) -> None:
    """What the sample block lays over the file has its line there; what it leaves has its own."""
    layers.lay_sample(with_records=True)
    assert layers.values()["base_model"] == {"path": "base"}
    assert layers.origin(("base_model", "path")) == "recipe.yaml:12"
    assert layers.origin(("base_model", "id")) == "recipe.yaml:11"
    assert layers.origin(("training", "seed")) == "recipe.yaml:10"
    assert layers.origin(("data", "source")) == "recipe.yaml:15"
    assert layers.origin(("data",)) == "recipe.yaml:2"


def test_words_of_the_command(layers: Layers) -> None:
    """A value has the last words that gave it or took it away; a block has the first that changed something in it."""
    layers.lay_data("own.csv")
    layers.lay_override("data.split={method: given, column: part}")
    layers.lay_override("data.labels=")
    layers.lay_override("training.seed=1")
    layers.lay_override("training.seed=2")
    assert layers.values()["data"].keys() == {"source", "columns", "split"}
    assert layers.values()["training"] == {"seed": 2}
    assert layers.origin(("data", "labels")) == "--set data.labels="
    assert layers.origin(("data", "files")) == layers.origin(("data",)) == "--data own.csv"
    assert layers.origin(("data", "split", "column")) == "--set data.split={method: given, column: part}"
    assert layers.origin(("data", "columns", "label")) == "recipe.yaml:5"
    assert layers.origin(("training", "seed")) == "--set training.seed=2"
    assert layers.origin(("training",)) == "--set training.seed=1"


def test_nothing_is_laid_below_what_is_no_mapping(layers: Layers) -> None:
    """The message names the words and the place that is in their way; what was taken away is in nobody's way."""
    with pytest.raises(RecipeError) as caught:
        layers.lay_override("data.source.path=x")
    sentence = "data.source: is not a mapping, so nothing can be set below it."
    assert caught.value.problems == [f"--set data.source.path=x: {sentence}"]
    layers.lay_override("data.source=")
    layers.lay_override("data.source.path=x")
    assert layers.values()["data"]["source"] == {"path": "x"}
