"""What stands behind a model on its card: authors, BibTeX, training texts, energy, bias, versions; and eval results."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from pybtex.database import parse_string

from helpers.card import AWKWARD, GoldenFacts, front_of, render, report, rows
from hubpress.card.about import OldestTransformers
from hubpress.card.eval_results import eval_results
from hubpress.recipe.benchmark import BenchmarkTask
from hubpress.recipe.card_texts import Author
from hubpress.recipe.load import load_recipe
from hubpress.schemas.splits import DatasetFacts

MADE = Author(name="Ada Lovelace", email="ada@example.org", url="https://example.org/ada", affiliation="Acme")
ENERGY = {
    **{"codecarbon_version": "3.3.2", "country_name": "Germany", "country_iso_code": "DEU", "cpu_model": "A processor"},
    **{"energy_consumed": 0.0125, "emissions": 4.75, "ram_total_size": 8.0, "tracking_mode": "process"},
}


def with_card(facts: GoldenFacts, **texts: Any) -> GoldenFacts:
    card = facts.recipe.card.model_copy(update=texts)
    return replace(facts, recipe=facts.recipe.model_copy(update={"card": card}))


def test_authors_contact_and_bibtex(facts_of: Callable[[str], GoldenFacts]) -> None:
    """An entry is made of the authors unless the recipe has its own; without either the card cites the reference."""
    facts = facts_of("conference-titles")
    card = render(with_card(facts, authors=(MADE,), contact="help@example.org", year=2026))
    assert "By Ada Lovelace (Acme, [page](https://example.org/ada), [ada@example.org](mailto:ada@example.org))." in card
    assert "Questions: [help@example.org](mailto:help@example.org)." in card
    entries = parse_string(card.split("```bibtex\n")[1].split("```")[0], "bibtex").entries
    assert entries["conference-titles"].fields["url"] == "https://huggingface.co/acme/conference-titles"
    own = render(with_card(facts, authors=(MADE,), citation="@misc{mine, title={Mine}}"))
    assert "@misc{mine, title={Mine}}" in own and "@misc{conference-titles" not in own
    plain = render(facts)
    assert "```bibtex" not in plain and "Cite the reference that this model follows" in plain
    assert "Questions: [the discussions of this model](https://huggingface.co/acme/conference-titles/disc" in plain


def test_names_that_look_like_markup_show_as_they_stand(facts_of: Callable[[str], GoldenFacts]) -> None:
    card = render(with_card(facts_of("conference-titles"), authors=(Author(name="<script>*A*</script>"),)))
    assert "By &lt;script>\\*A\\*&lt;/script>." in card


def test_bias_has_a_heading_and_says_what_the_figures_show(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The recipe's sentences, then the classes that are answered worst and best, of those with enough records."""
    facts = facts_of("conference-titles")
    for number, row in enumerate(facts.evaluation["per_class"]):
        row |= {"f1": 0.5 + number / 100, "support": 4 if number == 0 else 9}
    below = render(with_card(facts, bias=("It knows few hospitals.",))).split("## Bias and risks\n", 1)[1]
    assert below.startswith("\n- It knows few hospitals.\n- By class, F1 goes on the test split from 0.510 (")


@pytest.mark.parametrize(("whole", "emissions"), [(True, 4.75), (False, None)])
def test_emissions_stand_in_the_front_matter_as_the_hub_wants_them(
    facts_of: Callable[[str], GoldenFacts], whole: bool, emissions: float | None
) -> None:
    """In grams; of a training that was interrupted, on the card alone, which says so."""
    facts = facts_of("conference-titles")
    card = render(replace(facts, training={**facts.training, "energy": {**ENERGY, "is_whole": whole}}))
    assert front_of(card).get("co2_eq_emissions", {}).get("emissions") == emissions
    assert "- 12.5 Wh and 4.75 g CO2 equivalent in Germany, as codecarbon 3.3.2 measured" in card
    assert ("the part behind the last interruption" in card) is not whole
    assert "co2_eq_emissions" not in front_of(render(facts)) and "CO2" not in render(facts)


def test_training_texts_are_told_by_length_and_printed_in_the_report(facts_of: Callable[[str], GoldenFacts]) -> None:
    facts = facts_of("conference-titles")
    texts = {"count": 126, "shortest": 5, "median": 11.5, "longest": 300, "examples": {"VLDB": AWKWARD}}
    facts.evaluation["training_texts"] = copy.deepcopy(texts)
    assert "- A training text has 5 to 300 tokens, 11.5 in the median; what is beyond 256 was cut." in render(facts)
    assert rows(report(facts), "## Training texts") == [["VLDB", " ".join(AWKWARD.split())]]
    del facts.evaluation["training_texts"]["examples"]
    assert "## Training texts" not in report(facts)


def test_the_oldest_transformers_is_told_with_its_reason(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Of a model with remote code it is the one in which ``trust_remote_code`` holds."""
    with_code = load_recipe("arxiv-interest", sample=True)
    assert OldestTransformers.of(with_code, needs_transformers_5=True).version == "5.5.0"
    stock = facts_of("conference-titles")
    assert "- transformers 4.57.3 or newer:" in render(stock)
    assert "- transformers 5.0.0 or newer:" in render(replace(stock, needs_transformers_5=True))


def test_results_of_a_benchmark_are_those_of_the_evaluation(facts_of: Callable[[str], GoldenFacts]) -> None:
    """By the data set at the commit that was read; a sample, and records of another place, have none."""
    facts = facts_of("conference-titles")
    tasks = (BenchmarkTask(task_id="titles"), BenchmarkTask(task_id="all", metric="accuracy", notes="five labels"))
    evaluation = facts.typed.evaluation
    dataset = DatasetFacts(path="acme/titles", name=None, commit="b" * 40)
    read = evaluation.model_copy(update={"data": evaluation.data.model_copy(update={"dataset": dataset})})
    measured = facts.recipe.evaluation.model_copy(update={"eval_results": tasks})
    recipe = facts.recipe.model_copy(update={"evaluation": measured, "is_sample": False})
    entries = yaml.safe_load(eval_results(recipe, read) or "")
    one = {"id": "acme/titles", "task_id": "titles", "revision": "b" * 40}
    assert entries[0] == {"dataset": one, "value": round(evaluation.metrics["f1_weighted"], 4), "notes": "Weighted F1"}
    assert (entries[1]["value"], entries[1]["notes"]) == (
        round(evaluation.metrics["accuracy"], 4),
        "Accuracy; five labels",
    )
    assert eval_results(recipe.model_copy(update={"is_sample": True}), read) is None
    assert eval_results(recipe, evaluation) is None
