"""What lies over what in a recipe, and where each value is said to come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe

NAME = "conference-titles"


def test_later_layers_win() -> None:
    """The sample lies over the file, --data over the sample's records, --set over everything."""
    plain, sample = load_recipe(NAME), load_recipe(NAME, sample=True)
    assert (plain.starts_from.package, sample.data.source) == (None, "sample/titles.csv")
    assert sample.starts_from.package is not None
    assert sample.starts_from.revision is None  # a base model is replaced as a whole
    own = load_recipe(NAME, sample=True, data="titles.jsonl", overrides=["training.num_train_epochs=9"])
    # The training settings of the sample go with its base model, whatever the records.
    assert (plain.training.ema_decay, own.training.ema_decay) == (None, 0.99)
    assert own.data.source == str(Path("titles.jsonl").absolute())
    assert (own.data.format, own.base_model, own.uses_sample_records) == (None, sample.base_model, False)
    assert own.training.arguments["num_train_epochs"] == 9


def test_set_takes_a_key_away_and_lays_a_block() -> None:
    """``--set key=`` falls back to the default; a mapping replaces the whole block."""
    recipe = load_recipe(NAME, overrides=["data.labels=", "reference=", "data.split={method: random, seed: 7}"])
    assert (recipe.data.labels, recipe.reference) == (None, None)
    assert (recipe.data.split.method, recipe.data.split.seed, recipe.data.split.test_size) == ("random", 7, 0.15)


def test_a_value_is_named_by_the_line_that_gave_it(own_models: Path) -> None:
    """A fault of the sample block is shown at its own line, not at the line that it lies over."""
    file = own_models / NAME / "recipe.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = max(index for index, line in enumerate(lines) if "num_train_epochs" in line)
    lines[number] = lines[number].partition(":")[0] + ": none"
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
        "Known keys: label, labels, label_columns, separator, target, target_columns, tokens, tags, text, entities.",
    ]
