"""Reading a recipe: those that ship, and the scalars that people mean."""

from __future__ import annotations

import pytest

from helpers.paths import ROOT
from hubpress.recipe.load import load_recipe, model_folders

NAME = "conference-titles"


@pytest.mark.parametrize("name", sorted(model_folders(None)))
@pytest.mark.parametrize("sample", [False, True])
def test_every_recipe_that_ships_is_valid(name: str, sample: bool) -> None:
    """The models of this repository load, as they are and as samples."""
    assert load_recipe(name, sample=sample).is_sample is sample


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


def test_the_shipped_recipes_lie_where_the_wheel_takes_them() -> None:
    """Without --models the models are those of the repository, or of the wheel."""
    assert model_folders(None)[NAME].resolve() == ROOT / "models" / NAME
