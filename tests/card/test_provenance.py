"""A card says at which commits its base and its records were read, in its words and in its front matter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

from helpers.card import GoldenFacts, front_of, render

BASE, DATA = "c0ffee" + "0" * 34, "beef" + "1" * 36


def test_commits_are_on_the_card(facts_of: Callable[[str], GoldenFacts]) -> None:
    facts = facts_of("conference-titles")
    training, evaluation = copy.deepcopy(facts.training), copy.deepcopy(facts.evaluation)
    training["base_model"]["commit"] = BASE
    evaluation["data"]["dataset"] = {"path": "acme/titles", "name": "small", "commit": DATA}
    card = render(replace(facts, training=training, evaluation=evaluation))
    assert f"at `{BASE}`" in card
    assert f"[acme/titles](https://huggingface.co/datasets/acme/titles/tree/{DATA}) (small) at commit `{DATA}`." in card
    for result in front_of(card)["model-index"][0]["results"]:
        assert (result["dataset"]["config"], result["dataset"]["revision"]) == ("small", DATA)
