"""The check of a model's card: each fault gives its own sentence, at its line, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from helpers.check import README_FAULTS, assert_says, restage, spoil
from hubpress.check.folder import check_folder
from hubpress.layout import CARD, MANIFEST


@pytest.mark.parametrize("path", README_FAULTS, ids=lambda path: path.stem)
def test_fault(folder: Path, path: Path) -> None:
    """Each sample fault gives the sentences that its file expects, at their lines, and nothing else."""
    fault = yaml.safe_load(path.read_text(encoding="utf-8"))
    spoil(folder, fault["edits"])
    if MANIFEST not in {edit["file"] for edit in fault["edits"]}:
        restage(folder)
    assert_says(check_folder(folder), fault["says"])


def test_braces_without_a_name_are_somebodys_text(folder: Path) -> None:
    """A title, or a formula, may hold them; a template would have left a name."""
    found = "See also [the Hub](https://huggingface.co).\n"
    spoil(folder, [{"file": CARD, "replace": found, "by": f"{found}\nOn {{{{ 3 }}}} sets, {{{{}}}} and {{% 3 %}}.\n"}])
    restage(folder)
    assert_says(check_folder(folder), [])
