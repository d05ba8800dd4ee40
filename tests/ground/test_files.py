"""JSON that cannot be read, and what lies in the place of a file of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubpress.files import found_json, is_inside, make_room, parse_json, write_text


@pytest.mark.parametrize("text", ["[" * 70_000, '{"a":' * 70_000, '{"half": '], ids=["lists", "objects", "torn"])
def test_what_is_no_json_is_a_value_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting value"):
        parse_json(text)
    (tmp_path / "file.json").write_text(text, encoding="utf-8")
    assert found_json(tmp_path / "file.json") is None
    assert found_json(tmp_path) is found_json(tmp_path / "absent") is None


def test_room_is_made_for_a_file(tmp_path: Path) -> None:
    """A folder in its place goes, and so does a file in that of its folder; a file stays until it is replaced."""
    place = tmp_path / "receipts" / "data.json"
    (place / "full").mkdir(parents=True)
    make_room(place)
    write_text(place, "one")
    make_room(place)
    assert place.read_text(encoding="utf-8") == "one"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    make_room(tmp_path / "file" / "data.json")
    write_text(tmp_path / "file" / "data.json", "two")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../../b", "a\0b"])
def test_names_that_lead_elsewhere(name: str) -> None:
    assert not is_inside(name)


def test_names_that_lead_below() -> None:
    assert is_inside("repo/onnx/model.onnx") and is_inside("a..b")
