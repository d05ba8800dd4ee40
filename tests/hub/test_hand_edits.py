"""What people wrote into a card comes into the next one, or stops it; adopting shows what makes way."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.card import CARDS
from hubpress.hub.hand_edits import write_edits
from hubpress.hub.merging import EditConflict, Edited

CARD = (CARDS / "conference-titles" / "README.md").read_text(encoding="utf-8")
END = "<!-- hubpress: end results -->"
TABLE = "| Metric | This model |"
ROW = "| Macro F1 | "
MINE = "A word of mine."
FENCE = "```python\nfrom transformers import pipeline"


def released(folder: Path, theirs: str, *, ours_first: bool = False, base: str = CARD) -> str:
    """Return the card of the next release, which changes nothing itself."""
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    write_edits(folder, {"README.md": Edited(base, theirs)}, ours_first=ours_first)
    return (folder / "README.md").read_text(encoding="utf-8")


def adopted(folder: Path, theirs: str, capsys: pytest.CaptureFixture[str], *, base: str = CARD) -> tuple[str, str]:
    """Return the card of a release that stops first and is then told to adopt, and what it says."""
    with pytest.raises(EditConflict, match="with --adopt") as stopped:
        released(folder, theirs, base=base)
    assert (folder / "README.md").read_text(encoding="utf-8") == CARD
    text = released(folder, theirs, ours_first=True, base=base)
    said = capsys.readouterr().err
    assert all(line in said for line in stopped.value.differences)
    return text, said


def test_a_sentence_beside_an_edited_figure_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = CARD.replace(ROW, "| Our F1 | ", 1).replace(TABLE, f"{MINE}\n\n{TABLE}", 1)
    text, said = adopted(tmp_path, theirs, capsys)
    assert text == CARD.replace(TABLE, f"{MINE}\n\n{TABLE}", 1)
    assert "-| Our F1 | " in said and f"-{MINE}" not in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ROW, f"{ROW}{ROW}"),
        (FENCE, FENCE.replace("python\n", "python\nimport os\n")),
        ("![", "[mine"),
        ("42 test records", "44 test records"),
    ],
)
def test_what_was_measured_or_tried_is_not_edited(tmp_path: Path, before: str, after: str) -> None:
    assert before in CARD
    with pytest.raises(EditConflict, match="which are what was measured and tried"):
        released(tmp_path, CARD.replace(before, after, 1))


def test_rows_that_were_put_into_another_order_stop_it(tmp_path: Path) -> None:
    one, other = next(
        (first, second)
        for first, second in zip(CARD.splitlines(), CARD.splitlines()[1:], strict=False)
        if first.startswith(ROW) and second.startswith("|")
    )
    with pytest.raises(EditConflict, match="which are what was measured and tried"):
        released(tmp_path, CARD.replace(f"{one}\n{other}", f"{other}\n{one}"))


def test_marks_of_a_persons_own_hold_a_persons_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = "<!-- hubpress: begin mine -->", "<!-- hubpress: end mine -->"
    text, said = adopted(tmp_path, CARD.replace(END, f"{END}\n\n{marks[0]}\n{MINE}\n{marks[1]}"), capsys)
    assert text == CARD.replace(END, f"{END}\n\n{MINE}") and "no release has written a section 'mine'" in said


@pytest.mark.parametrize(
    "theirs",
    [f"# Mine\n\n{MINE}\n", "", CARD.replace(END, ""), CARD.replace(END, END.replace("results", "labels"))],
)
def test_a_card_of_which_nobody_can_tell_whose_it_is_makes_way_only_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], theirs: str
) -> None:
    text, said = adopted(tmp_path, theirs, capsys)
    assert text == CARD and "the history of the repository keeps what makes way" in said


def test_so_does_one_whose_first_form_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, said = adopted(tmp_path, CARD.replace(END, f"{END}\n\n{MINE}"), capsys, base="")
    assert text == CARD and "generated/README.md" in said and f"-{MINE}" in said


def test_front_matter_that_cannot_be_read_takes_no_sentence_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = CARD.replace("license: ", "license: [", 1).replace(END, f"{END}\n\n{MINE}")
    text, said = adopted(tmp_path, theirs, capsys)
    assert text == CARD.replace(END, f"{END}\n\n{MINE}") and "-license: [" in said


def test_all_that_stands_against_it_is_said_at_once(tmp_path: Path) -> None:
    theirs = CARD.replace("license: ", "license: mit #", 1).replace(ROW, "| Our F1 | ", 1)
    with pytest.raises(EditConflict, match=r"`license` is what .* in 'results'") as stopped:
        released(tmp_path, theirs)
    assert {"-license: mit #apache-2.0"} < {*stopped.value.differences}
