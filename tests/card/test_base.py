"""What a card says of the base model: what was changed in it, and which transformers loads what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from helpers.card import GoldenFacts, body_of, render, report

NOTE = "The base has no token to pad with: its end-of-text token '<|endoftext|>' is used."


def test_what_was_changed_in_the_base_is_told(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Each change is a sentence of the section on training; a base that fits is not spoken of."""
    facts = facts_of("conference-titles")
    assert "to make it fit" not in report(facts)
    changed = replace(facts, training={**facts.training, "adjustments": [NOTE]})
    told = report(changed).partition("## Training\n")[2].partition("### ")[0]
    assert told.rstrip().endswith(f"What was changed in the base model to make it fit:\n\n- {NOTE}")


def test_a_model_for_transformers_5_alone_says_so(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The sentence stands before the first snippet, and only where it is true."""
    facts = facts_of("conference-titles")
    assert "transformers 5 or newer" not in render(facts)
    use = body_of(render(replace(facts, needs_transformers_5=True))).partition("## How to use\n")[2]
    assert use.lstrip().startswith('It needs transformers 5 or newer: `pip install "transformers>=5"`.')
