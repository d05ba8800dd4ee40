"""The charts of a card: whole pictures, with a finding in words that follows from the facts."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from helpers.card import GoldenFacts, render, report, tokens_of


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("conference-titles", ["training", "confusion"]),
        ("openalex-topics", ["training", "confusion", "inputs"]),
        ("asjc-subjects", ["training", "classes", "inputs"]),
        ("arxiv-interest", ["training", "curve"]),
        ("scierc-entities", ["training", "confusion"]),
    ],
)
def test_figures_are_on_the_card_and_say_what_they_show(
    model: str, names: list[str], facts_of: Callable[[str], GoldenFacts]
) -> None:
    """Each kind of model has its figures, whole PNGs, each on the card with a finding in words."""
    facts = facts_of(model)
    assert list(facts.pictures) == names
    images = {
        token.attrs["src"]: token.content
        for inline in [*tokens_of(render(facts)), *tokens_of(report(facts))]
        for token in inline.children or ()
        if token.type == "image" and "://" not in str(token.attrs["src"])
    }
    assert images == {picture.path: picture.alt for picture in facts.pictures.values()}
    assert all(picture.png.startswith(b"\x89PNG") and len(picture.alt) > 40 for picture in facts.pictures.values())
    for picture in facts.pictures.values():
        root = ElementTree.fromstring(picture.svg)
        assert root.tag.endswith("svg") and b"<dc:date>" not in picture.svg and b"<script" not in picture.svg


def test_findings_of_the_figures_follow_from_the_facts(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The words for those who do not see a figure hold the figures' numbers."""
    entities, curve = facts_of("scierc-entities"), facts_of("arxiv-interest")
    matrix = entities.evaluation["confusion"]["matrix"]
    right, true = sum(matrix[n][n] for n in range(len(matrix))), sum(map(sum, matrix[:-1]))
    assert f"of {true} entities {right} are found" in entities.pictures["confusion"].alt
    assert f"{sum(matrix[-1])} answered spans are no entity" in entities.pictures["confusion"].alt
    chosen = curve.evaluation["curve"]["chosen"]
    assert f"precision is {chosen['precision']:.3f} and recall {chosen['recall']:.3f}" in curve.pictures["curve"].alt
