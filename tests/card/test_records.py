"""What a card repeats of the report on the records: what its figures depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.card import MODELS, GoldenFacts, body_of, render

LEAK = {"split": "test", "exact": 3, "normalised": 2, "near": 1, "compared": 42, "records": 42, "share": 0.142857}
CUT = {"split": "train", "share": 0.0714, "max_length": 256, "limit": 0.05}


def _limitations(facts: GoldenFacts, data: dict[str, Any]) -> str:
    facts.evaluation["data"] |= data
    return " ".join(body_of(render(facts)).partition("## Limitations")[2].partition("\n## ")[0].split())


@pytest.mark.parametrize("model", MODELS)
def test_leaks_and_cuts_are_limitations(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Each is told in a sentence with its share; without them the card says nothing of them."""
    without = _limitations(facts_of(model), {})
    leak = _limitations(facts_of(model), {"leak": {**LEAK, "limit": 0.01}})
    assert leak.removeprefix(without).startswith(" - 14.3% of the test records have a text that stands in the records")
    cut = _limitations(facts_of(model), {"cut": CUT})
    assert cut.removeprefix(without) == (
        " - The model reads the first 256 tokens of a text; 7.1% of the train texts are longer, and the rest of them "
        "counts for nothing."
    )
