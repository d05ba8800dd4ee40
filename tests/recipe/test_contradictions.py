"""Sentences of a recipe that its records contradict, and those that only look so."""

from __future__ import annotations

import pytest

from hubpress.recipe.contradictions import Facts, contradictions
from hubpress.recipe.load import load_recipe

EVEN = {"train": {"VLDB": 25, "ISCAS": 25, "SIGGRAPH": 26, "INFOCOM": 25, "WWW": 25}}
UNEVEN = {"train": {"VLDB": 250, "ISCAS": 25, "SIGGRAPH": 26, "INFOCOM": 25, "WWW": 5}}
EXAMPLES = {
    "One": "Wie lange dauert es, bis eine Anfrage beantwortet ist, und wovon haengt das ab?",
    "Two": "How long does a query take, and what does that depend on?",
}


def said(sentence: str, counts: dict[str, dict[str, int]] = EVEN, key: str = "limitations") -> list[tuple[str, bool]]:
    """Return what is found of one more sentence of the recipe of conference titles."""
    recipe = load_recipe("conference-titles", sample=True)
    text = (sentence,) if key in ("limitations", "out_of_scope") else sentence
    card = recipe.card.model_copy(update={"out_of_scope": ("Judging people.",), key: text})
    found = contradictions(recipe.model_copy(update={"card": card}), Facts.of(counts, EXAMPLES))
    return [(one.text, one.is_certain) for one in found]


@pytest.mark.parametrize(
    ("sentence", "counts", "quoted"),
    [
        ("It knows 307 labels.", EVEN, "'307 labels', and the records have 5"),
        ("Sorts by twelve fine categories.", EVEN, "'twelve fine categories'"),
        ("One of 1,200 topics.", EVEN, "'1,200 topics'"),
        ("Any of seven conferences.", EVEN, "'seven conferences'"),  # as the column of the labels is called
        ("The classes are not balanced.", EVEN, "'not balanced', and the labels have 25 to 26 records each"),
        ("The data are imbalanced.", EVEN, "'imbalanced'"),
        ("The labels are balanced.", UNEVEN, "'balanced', and the labels have 5 to 250 records each"),
    ],
)
def test_what_can_be_counted_is_certain(sentence: str, counts: dict[str, dict[str, int]], quoted: str) -> None:
    ((text, is_certain),) = said(sentence, counts, "description")
    assert quoted in text and is_certain


@pytest.mark.parametrize(
    ("sentence", "counts"),
    [
        ("It knows 5 labels, or five conferences.", EVEN),
        ("At most three labels, the two best labels, and three labels per text.", EVEN),
        ("Two of the classes are often confused, in 12 different years.", EVEN),
        ("The classes are not balanced.", UNEVEN),
        ("The data are balanced.", EVEN),
        ("Trained with balanced class weights on all labels.", UNEVEN),
        ("A balanced diet is not its topic.", {"train": {}}),
    ],
)
def test_what_is_so_is_no_contradiction(sentence: str, counts: dict[str, dict[str, int]]) -> None:
    assert said(sentence, counts) == []


def test_an_example_in_a_language_that_is_out_of_scope_is_guessed() -> None:
    """The sentence and the example are named; a guess is not certain."""
    ((text, is_certain),) = said("Titles in languages other than English.", key="out_of_scope")
    assert "'One' (de)" in text and "Two" not in text and not is_certain
    assert said("Titles in languages other than English and German.", key="out_of_scope") == []
    assert said("Titles of other fields.", key="out_of_scope") == []
