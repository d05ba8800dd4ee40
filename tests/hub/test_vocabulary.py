"""The Hub's words: a recipe, which may not ask the Hub's package, allows just what that knows."""

from __future__ import annotations

from hubpress.hub.vocabulary import LONGEST_DESCRIPTION, SPACE_COLOURS, SPACE_FIELDS
from hubpress.recipe.space import SpaceSpec


def test_a_recipe_takes_the_colours_and_the_length_of_the_hub() -> None:
    """`space:` of a recipe has the Hub's fields but for two, its colours, and descriptions as long as it takes."""
    fields = SpaceSpec.model_json_schema()["properties"]
    for name in ("colorFrom", "colorTo"):
        assert fields[name]["enum"] == list(SPACE_COLOURS)
    (text,) = (form for form in fields["short_description"]["anyOf"] if form["type"] == "string")
    assert text["maxLength"] == LONGEST_DESCRIPTION
    assert fields.keys() - SPACE_FIELDS == {"publish", "vendor"}
