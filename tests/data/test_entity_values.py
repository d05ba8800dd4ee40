"""Entities in every way in which people write them: the same entity, or a refusal that says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.reading import said_of

TEXT = "🎻 Fiddles at Corn Hall at seven"
HALL: dict[str, Any] = {"start": 13, "end": 22}
READ = f"row 1 of records.json\n  text: {TEXT}\n  entity: Corn Hall (Venue) 13-22"

FORMS: dict[str, Any] = {
    "label": [{**HALL, "label": "Venue"}],
    "label with white space": [{**HALL, "label": " Venue "}],
    "list": [[13, 22, "Venue"]],
    "doccano": [{"id": 4, "label": "Venue", "start_offset": 13, "end_offset": 22}],
    "Prodigy": [{**HALL, "token_start": 3, "token_end": 4, "label": "Venue", "type": "span"}],
    "spaCy": {"entities": [[13, 22, "Venue"]]},
    "Label Studio": [{"type": "labels", "value": {**HALL, "text": "Corn Hall", "labels": ["Venue"]}}],
    "pipeline": [{**HALL, "entity_group": "Venue", "score": 0.9, "word": "corn hall"}],
    "covered words beside the type": [{**HALL, "entity": "Corn Hall", "type": "Venue"}],
    "covered words with another white space": [{**HALL, "text": "Corn\tHall", "tag": "Venue"}],
    "whole numbers as decimals": [{"start": 13.0, "end": 22.0, "label": "Venue"}],
    "lists by name": {"start": [13], "end": [22], "label": ["Venue"]},
    "JSON in a text": '[{"start": 13, "end": 22, "label": "Venue"}]',
    "Python in a text": "[(13, 22, 'Venue')]",
    "said twice": [[13, 22, "Venue"], [13, 22, "Venue"]],
}


@pytest.mark.parametrize("form", FORMS)
def test_an_entity_in_every_form(form: str, tmp_path: Path) -> None:
    """Names of keys, lists and texts differ; the entity is the same."""
    columns = {"text": "text", "entities": "marks"}
    assert said_of(tmp_path, {"records.json": [{"text": TEXT, "marks": FORMS[form]}]}, columns=columns) == READ


@pytest.mark.parametrize(("unit", "start", "end"), [("utf-16", 14, 23), ("bytes", 16, 25), ("characters", 13, 22)])
def test_what_offsets_count_is_said_by_the_recipe(unit: str, start: int, end: int, tmp_path: Path) -> None:
    """UTF-16 units and bytes become characters where the recipe says so."""
    files = {"records.json": [{"text": TEXT, "marks": [[start, end, "Venue"]]}]}
    assert said_of(tmp_path, files, columns={"text": "text", "entities": "marks"}, offsets=unit) == READ


COVERED = {"label": "Venue", "text": "Corn Hall"}
REFUSED: dict[str, tuple[Any, str]] = {
    "counted in UTF-16": ([{**COVERED, "start": 14, "end": 23}], "said to be 'Corn Hall'. Counted in UTF-16 units"),
    "counted in bytes": ([{**COVERED, "start": 16, "end": 25}], "it fits: set data.offsets to bytes."),
    "the last character": ([{**COVERED, "start": 13, "end": 21}], "Its end is its last character"),
    "counted from 1": ([{**COVERED, "start": 14, "end": 23.0, "text": "Corn Hall"}], "Counted in UTF-16 units"),
    "other words": ([{**COVERED, "start": 2, "end": 9}], "covers 'Fiddles', but is said to be 'Corn Hall'"),
    "beyond the end": ([[13, 99, "Venue"]], "from 13 to 99 lies outside the text of 31 characters"),
    "backwards": ([[22, 13, "Venue"]], "from 22 to 13 ends before it starts."),
    "without a length": ([[13, 13, "Venue"]], "from 13 to 13 has no length. Take it out"),
    "two labels": ([{**HALL, "labels": ["Venue", "Town"]}], "has several labels: Venue and Town"),
    "two keys that could be the label": ([{**HALL, "type": "Venue", "tag": "Town"}], "has type and tag."),
    "a number for a label": ([[13, 22, 3]], "[13, 22, 3] is no entity"),
    "a truth value for a place": ([[True, 22, "Venue"]], "is no entity"),
    "four values": ([[13, 22, "Venue", "Q12"]], "is no entity"),
    "a token's tag": ([{**HALL, "entity": "B-Venue", "word": "corn"}], "is a tag of one token, not an entity"),
    "lists of two lengths": ({"start": [13], "end": [22], "label": []}, "1 start, 1 end and 0 label"),
    "a text that is no list": ("Corn Hall", "the entities are not a list but 'Corn Hall'"),
    "a number": (3, "the entities are not a list but 3"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_not_certain_is_refused(form: str, tmp_path: Path) -> None:
    """A sentence names the record, and what would be right where that can be seen."""
    marks, words = REFUSED[form]
    files = {"records.json": [{"text": TEXT, "marks": marks}]}
    said = said_of(tmp_path, files, columns={"text": "text", "entities": "marks"})
    assert said.startswith("hubpress: row 1 of records.json: ")
    assert words in said


@pytest.mark.parametrize(("unit", "words"), [("utf-16", "UTF-16 units"), ("bytes", "bytes")])
def test_a_place_inside_a_character_is_no_place(unit: str, words: str, tmp_path: Path) -> None:
    """Nor is it outside of the text: what is counted otherwise than is said ends so."""
    row = {"text": "🛶🛶 Quay", "entities": [[1, 3, "Stop"]]}
    columns = {"text": "text", "entities": "entities"}
    said = said_of(tmp_path, {"records.json": [row]}, columns=columns, offsets=unit)
    assert f"from 1 to 3 cuts a character of the text, counted in {words}." in said


def test_offsets_are_of_entities(tmp_path: Path) -> None:
    """A model of labels has no entities to count the places of."""
    said = said_of(tmp_path, {"records.json": [{"text": "a", "kind": "b"}]}, columns={"label": "kind"}, offsets="bytes")
    assert "data.offsets: is for the " in said


def test_a_text_in_a_list_is_refused(tmp_path: Path) -> None:
    """Python's way to write the list would be read, and the places of entities counted in it."""
    said = said_of(
        tmp_path, {"records.json": [{"text": [TEXT], "marks": []}]}, columns={"text": "text", "entities": "marks"}
    )
    assert "data.columns.text 'text': holds ['🎻 Fiddles" in said
    assert said.endswith("in row 1 of records.json; it is a text.")
