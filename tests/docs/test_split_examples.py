"""What the page on splits shows is what the data stage says."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.page_examples import PageExample, examples_of
from helpers.paths import ROOT
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.release.runner import run_stages

EXAMPLES = examples_of(ROOT / "docs" / "splits.md", "<!-- split examples -->")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_an_example_is_split_as_the_page_says(example: PageExample, tmp_path: Path) -> None:
    """The file of an example and its lines of a recipe end in the line, or the refusal, that stands below them."""

    def split(recipe: Recipe) -> str:
        [result] = run_stages(Job.of(recipe, build_dir=tmp_path / "build", quiet=True), "data")
        return result.result

    assert example.run(tmp_path, split) == example.says
