"""What the pages show of records is what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.page_examples import PageExample, examples_of
from helpers.paths import ROOT

EXAMPLES = [example for page in sorted((ROOT / "docs").glob("*.md")) for example in examples_of(page)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page.stem}: {example.heading}")
def test_an_example_says_what_is_read(example: PageExample, tmp_path: Path) -> None:
    """The file of an example and its lines of a recipe are read as the page says."""
    assert example.run(tmp_path) == example.says
