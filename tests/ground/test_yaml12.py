"""YAML 1.2 as people and the Hub mean it: plain words, the line of everything, and one clear fault."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from hubpress.hub.readme import read_card
from hubpress.yaml12 import YamlError, parse, parse_recipe


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1e-5", 1e-5), ("5E-5", 5e-5), (".1", 0.1), ("2.", 2.0), ("-.5", -0.5), ("1.0e+3", 1000.0)),
        *(("1", 1), ("-0", 0), ("012", 12), ("08", 8), ("0o12", 10), ("0x1f", 31), ("1_000", 1000), ("+7", 7)),
        *(("true", True), ("False", False), ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("n", "n")),
        *(("12:30", "12:30"), ("190:20:30", "190:20:30"), ("0b11", "0b11"), ("1.2.3", "1.2.3"), ("'1e-5'", "1e-5")),
        *(("null", None), ("~", None), ("", None), ("# later", None)),
    ],
)
def test_a_plain_word_is_what_it_looks_like(text: str, value: Any) -> None:
    """For recipes and for cards alike."""
    for read in (parse, parse_recipe):
        found = read(text).value
        assert (found, type(found)) == (value, type(value))


def test_a_date_is_text_in_a_recipe_only() -> None:
    """A label may look like a date; a card's date is one, as the Hub's library reads it."""
    assert parse_recipe("2024-01-31").value == "2024-01-31"
    assert parse("2024-01-31").value == datetime.date(2024, 1, 31)
    with pytest.raises(YamlError, match="month must be in"):
        parse("date: 2024-13-45")


def test_everything_has_its_line() -> None:
    """Keys have the line that they stand on, items the line that they begin on, a document its first."""
    document = parse_recipe("# a comment\na:\n  b: 1\n  c: [x,\n    y]\nd: |\n  text\n")
    assert document.value == {"a": {"b": 1, "c": ["x", "y"]}, "d": "text\n"}
    assert document.lines == {
        **{(): 2, ("a",): 2, ("a", "b"): 3, ("a", "c"): 4, ("a", "c", 0): 4, ("a", "c", 1): 5, ("d",): 6},
    }


def test_a_card_may_say_what_a_recipe_may_not() -> None:
    """Aliases, keys that stand twice and merged blocks are told or let pass in a card, and refused in a recipe."""
    text = "base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\nb: no\nb: 12:30\n"
    document = parse(text)
    assert document.value["more"] == {"a": 1, "b": 3}
    assert document.repeated_keys == ((6, "b"),)
    assert document.misread_words == ((5, "no"), (6, "12:30"))
    for refused, line in ((text, 3), ("a: 1\na: 2", 2), ("7: x", 1), ("[a]: x", 1)):
        with pytest.raises(YamlError) as caught:
            parse_recipe(refused)
        assert caught.value.line == line


def test_a_value_that_contains_itself_ends() -> None:
    """An alias of a list inside that list is walked over once."""
    assert parse("a: &x [*x, 1]").lines == {(): 1, ("a",): 1, ("a", 0): 1, ("a", 1): 1}


@pytest.mark.parametrize("text", ["[" * 10_000, "{a: " * 5_000])
def test_deep_nesting_is_one_line(text: str) -> None:
    """What is nested too deeply says so, in a recipe and in a card."""
    with pytest.raises(YamlError, match=r"^nested too deeply$"):
        parse_recipe(text)
    [fault] = read_card(f"---\n{text}\n---\n").faults
    assert fault.text == "The front matter is not valid YAML (nested too deeply). Correct this line."


def test_a_cards_faults_are_told_by_lines() -> None:
    """Lines are those of the file; each word that Python's YAML reads otherwise, and each key given twice."""
    card = read_card("---\nlanguage: no\ntags: [a, off]\nlanguage: en\n---\n# Title\n")
    assert card.data == {"language": "en", "tags": ["a", "off"]}
    assert [(fault.line, fault.text.split("`")[1]) for fault in card.faults] == [(2, "no"), (3, "off"), (4, "language")]
    assert card.where("tags", 1) == "README.md:3"
