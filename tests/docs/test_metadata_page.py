"""What the page on licence, languages, names and files shows is what a recipe does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from helpers.faults import GOOD, patch
from helpers.paths import ROOT
from hubpress.card.front_matter import said_by_recipe
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe

_SECTION = re.compile(r"^## (?P<heading>[^\n]+)\n(?P<body>.*?)(?=^## |\Z)", re.M | re.S)
_BLOCK = re.compile(r'^```(?:yaml title="(?P<title>[^"]+)"|text)\n(?P<body>.*?)^```$', re.M | re.S)
EXAMPLES = {
    found["heading"]: {block["title"]: block["body"] for block in _BLOCK.finditer(found["body"])}
    for found in _SECTION.finditer((ROOT / "docs" / "metadata.md").read_text(encoding="utf-8"))
    if "```" in found["body"]
}


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_does_what_the_page_says(heading: str, tmp_path: Path) -> None:
    """The lines of a recipe give the front matter that stands below them, or the words of the refusal."""
    blocks, folder = EXAMPLES[heading], tmp_path / "pets"
    shutil.copytree(GOOD, folder)
    for name in ("LICENSE", "CITATION.cff", "README.md", "assets/flow.png", "legal/licence-2026.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("Some words.\n", encoding="utf-8")
    patch(folder, yaml.safe_load(blocks["recipe.yaml"]))
    if None in blocks:
        with pytest.raises(RecipeError) as caught:
            load_recipe("pets", models_dir=tmp_path)
        # `recipe.yaml:LINE: ` stands before each.
        assert [line.split(": ", 1)[1] for line in caught.value.problems] == blocks[None].splitlines()
        return
    recipe = load_recipe("pets", models_dir=tmp_path)
    shown = yaml.safe_load(blocks.get("README.md", ""))
    assert shown is None or {key: said_by_recipe(recipe)[key] for key in shown} == shown
