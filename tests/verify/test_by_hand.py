"""A published card that people have edited: what is theirs is named, and no figure or snippet of it counts as ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.card import CARDS
from hubpress.card.notebook import snippets_of
from hubpress.hub.hand_edits import write_edits
from hubpress.hub.merging import Edited
from hubpress.manifest import Manifest
from hubpress.verify.by_hand import edits_by_hand, own_text

END = "<!-- hubpress: end results -->"
PROSE = "- A title is short, and the fields overlap"
MINE = f"{END}\n\nOn our shelves it reaches 99.9%.\n\n```python\nprint('mine')\n```\n"
NAME = "README.md"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A release with a card as it was made."""
    return Path(shutil.copytree(CARDS / "conference-titles", tmp_path / "files"))


def edited(files: Path, before: str, after: str) -> str:
    """Edit the card as somebody does on the Hub; return what it is then."""
    text = (files / NAME).read_text(encoding="utf-8").replace(before, after, 1)
    (files / NAME).write_text(text, encoding="utf-8")
    return text


def excused(files: Path, published: Manifest) -> frozenset[str]:
    """Return the texts that differ from what was pushed by people's words alone, without a card made again."""
    return edits_by_hand(files, published, {}).only_theirs(Manifest.of_folder(files).by_path(), published)


def test_text_outside_of_the_marks_is_named_and_no_difference(files: Path) -> None:
    published, made = Manifest.of_folder(files), (files / NAME).read_text(encoding="utf-8")
    theirs = edited(files, END, MINE)
    assert excused(files, published) == {NAME}
    (row,) = edits_by_hand(files, published, {}).claims()
    assert (row.what, row.state) == ("by hand", "unproved")
    assert "README.md: text of people's outside of the marks, at line" in row.how
    assert own_text(theirs, NAME) == made
    assert not any("mine" in snippet.code for snippet in snippets_of(own_text(theirs, NAME)))


@pytest.mark.parametrize(
    ("before", "after"),
    [(PROSE, "- Trust it"), ("| Weighted F1 |", "| Our F1 |"), ("license: ", "license: mit #"), (END, "")],
)
def test_what_stands_inside_of_the_marks_is_a_difference(files: Path, before: str, after: str) -> None:
    """So is a field that the release writes; and where marks do not tell, all of a text is the release's."""
    published, made = Manifest.of_folder(files), (files / NAME).read_text(encoding="utf-8")
    theirs = edited(files, before, after)
    assert not edits_by_hand(files, published, {NAME: made}).only_theirs(Manifest.of_folder(files).by_path(), published)
    assert own_text(theirs, NAME) == theirs


def test_what_a_release_has_kept_is_known_by_what_it_keeps_beside(files: Path) -> None:
    """Its list has the card with people's words; one more of theirs is named then, and a figure is none of theirs."""
    made = (files / NAME).read_text(encoding="utf-8")
    write_edits(files, {NAME: Edited(made, made.replace(PROSE, "- A title is short").replace(END, MINE))})
    published = Manifest.of_folder(files)
    assert {"README.md", "generated/README.md"} < published.by_path().keys()
    (row,) = edits_by_hand(files, published, {}).claims()
    assert "1 line inside of the marks edited" in row.how and not excused(files, published)
    edited(files, "<!-- hubpress: begin top -->", "Another word.\n\n<!-- hubpress: begin top -->")
    assert excused(files, published) == {NAME}
    edited(files, "42 test records", "43 test records")
    assert not excused(files, published)
