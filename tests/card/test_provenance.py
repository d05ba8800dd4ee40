"""A card says at which commits its base and its records were read, in its words and in its front matter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from helpers.card import GoldenFacts, front_of, render
from hubpress.recipe.data import Data

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


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        ({"source": "my-private-name.csv"}, "custom", "records of the publisher"),
        ({"source": "https://example.org/titles.csv?token=none"}, "custom", "titles.csv"),
        ({"dataset": {"path": "acme/titles"}}, "acme/titles", "acme/titles"),
    ],
)
def test_the_data_set_of_the_figures_has_no_made_up_name(
    data: dict[str, object], kind: str, name: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """It is called as it is, and never as the model; a file of the publisher's has no public name."""
    facts = facts_of("conference-titles")
    plain = facts.recipe.data.model_dump(exclude={"source", "dataset", "files"}, exclude_unset=True)
    recipe = facts.recipe.model_copy(
        update={"data": Data.model_validate({**plain, **data}), "uses_sample_records": False}
    )
    front = front_of(render(replace(facts, recipe=recipe)))["model-index"][0]["results"][0]["dataset"]
    assert (front["type"], front["name"]) == (kind, name)
