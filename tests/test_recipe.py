"""Reading a recipe: what lies over what, and the scalars that people mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.training_arguments import OWNED, field_annotations

NAME = "conference-titles"


@pytest.mark.parametrize("name", sorted(model_folders(None)))
@pytest.mark.parametrize("sample", [False, True])
def test_every_recipe_that_ships_is_valid(name: str, sample: bool) -> None:
    """The models of this repository load, as they are and as samples."""
    assert load_recipe(name, sample=sample).is_sample is sample


def test_later_layers_win() -> None:
    """The sample lies over the file, --data over the sample's records, --set over everything."""
    plain, sample = load_recipe(NAME), load_recipe(NAME, sample=True)
    assert (plain.base_model.package, sample.data.source) == (None, "sample/titles.csv")
    assert sample.base_model.package is not None
    assert sample.base_model.revision is None  # a base model is replaced as a whole
    own = load_recipe(NAME, sample=True, data="titles.jsonl", overrides=["training.num_train_epochs=9"])
    # The training settings of the sample go with its base model, whatever the records.
    assert own.training.freeze == sample.training.freeze != plain.training.freeze
    assert own.data.source == str(Path("titles.jsonl").absolute())
    assert (own.data.format, own.base_model, own.uses_sample_records) == (None, sample.base_model, False)
    assert own.training.arguments["num_train_epochs"] == 9


def test_set_takes_a_key_away_and_lays_a_block() -> None:
    """``--set key=`` falls back to the default; a mapping replaces the whole block."""
    recipe = load_recipe(NAME, overrides=["data.labels=", "reference=", "data.split={method: random, seed: 7}"])
    assert (recipe.data.labels, recipe.reference) == (None, None)
    assert (recipe.data.split.method, recipe.data.split.seed, recipe.data.split.test_size) == ("random", 7, 0.15)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-5", 1e-5), ("5E-5", 5e-5), (".1", 0.1), ("2.", 2.0), ("'1e-5'", 1e-5), ("1", 1.0)],
)
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    """``1e-5`` is a number, which plain YAML 1.1 reads as text."""
    assert load_recipe(NAME, overrides=[f"training.learning_rate={text}"]).training.arguments["learning_rate"] == value


def test_no_is_norwegian() -> None:
    """``no`` and ``on`` are words, and a date is text."""
    recipe = load_recipe(NAME, overrides=["language=[no, en]", "tags=[on, yes, 2024-01-31]"])
    assert (recipe.language, recipe.tags) == (("no", "en"), ("on", "yes", "2024-01-31"))


def test_a_value_is_named_by_the_line_that_gave_it(own_models: Path) -> None:
    """A fault of the sample block is shown at its own line, not at the line that it lies over."""
    file = own_models / NAME / "recipe.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = max(index for index, line in enumerate(lines) if "num_train_epochs" in line)
    lines[number] = "    num_train_epochs: none"
    file.write_text("\n".join(lines), encoding="utf-8")
    load_recipe(NAME, models_dir=own_models)
    with pytest.raises(RecipeError) as caught:
        load_recipe(NAME, models_dir=own_models, sample=True)
    assert caught.value.problems == [f"{file}:{number + 1}: training.num_train_epochs: must be float, not 'none'."]


def test_a_missing_value_is_named_by_its_block(own_models: Path) -> None:
    """A key that is missing has no line; the block that lacks it has."""
    file = own_models / NAME / "recipe.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    label: Conference\n", "    labl: Conference\n"), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe(NAME, models_dir=own_models)
    line = text.splitlines().index("  columns:") + 1
    assert caught.value.problems == [
        f"{file}:{line}: data.columns.label: is missing; add it.",
        f"{file}:{line + 1}: data.columns.labl: unknown key. Did you mean 'label'? "
        "Known keys: label, labels, separator, tokens, tags, text, entities.",
    ]


def test_keys_owned_by_hubpress_exist() -> None:
    """Every key that hubpress keeps to itself is one that TrainingArguments has, or had."""
    assert OWNED.keys() - field_annotations().keys() <= {"local_rank", "hub_token", "hub_always_push"}


def test_the_shipped_recipes_lie_where_the_wheel_takes_them() -> None:
    """Without --models the models are those of the repository, or of the wheel."""
    assert model_folders(None)[NAME].resolve() == ROOT / "models" / NAME
