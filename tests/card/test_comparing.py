"""Whether a model beats baselines and reference beyond chance: what the card says of it, and what is bold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from helpers.card import GoldenFacts, render, report, rows
from hubpress.card.comparing import best_of
from hubpress.recipe.load import load_recipe


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.2, "This model is better than the best simple baseline by 50.1 points (95% interval +1.0 to +20.0,"),
        (-0.2, -0.01, "**This model is worse than the best simple baseline**, by"),
        (-0.05, 0.01, "**No difference from the best simple baseline is shown**"),
        (
            -0.1,
            0.9,
            "better than the best simple baseline cannot be told**: the difference is 50.1 points, and",
        ),
    ],
)
def test_one_sentence_says_whether_the_best_baseline_is_beaten(
    low: float, high: float, words: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """By the paired interval of the difference: above 0, below 0, or around it."""
    facts = facts_of("conference-titles")
    facts.evaluation["baselines"][1]["difference"] |= {"low": low, "high": high}
    assert words in render(facts)


def test_an_interval_without_a_width_is_said_to_be_another(facts_of: Callable[[str], GoldenFacts]) -> None:
    """On the first screen, in both tables and of the baseline; what is unknown is a dash."""
    facts = facts_of("conference-titles")
    alike, unknown = ({"low": 0.931, "high": 1.0, "standard_error": 0.0, "rule": rule} for rule in ("alike", "unknown"))
    facts.evaluation["intervals"] |= {"f1_weighted": alike, "accuracy": unknown}
    facts.evaluation["baselines"][1]["difference"] = {**alike, "low": -0.1, "high": 0.1}
    facts.evaluation["data"]["count"] = 12
    card, whole = render(facts), report(facts)
    top = card.partition("## How to use")[0]
    assert "12 test records (few)" in top and "0.931 \u2013 1.000 \u2020 |" in top and "Clopper and Pearson 1934" in top
    assert "by the exact bound for as many records that are all alike" in top and "One standard error" not in card
    for text in (card, whole):
        [row] = [line for line in text.split("\n") if line.startswith("| Accuracy |")][:1]
        assert "| \u2013 |" in row and text.count("Clopper and Pearson 1934") == 1
    facts.evaluation["baselines"][1]["difference"] |= {"low": 0.1, "rule": "unknown"}
    told = render(facts)
    assert "cannot be told**" in told and "no interval: it is the same on every record" in told


def test_bold_is_the_best_of_a_row_whoever_it_is(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A baseline that is better is bold, in the headline and in both tables of results."""
    facts = facts_of("arxiv-interest")
    card = render(facts)
    assert "| This model | 0.314 |" in card and "| TF-IDF + logistic regression | **0.333** |" in card
    for text in (card, report(facts)):
        assert "| F1 | 0.314 | 0.256 \u2013 0.373 | **0.333** |" in text
        assert "| Recall | **1.000** |" in text
    assert [best_of(value, [0.5, 0.3], "mae") for value in (0.5, 0.3)] == ["0.500", "**0.300**"]
    assert best_of(0.5, [0.5, 0.5], "f1") == "0.500" and best_of(None, [0.5], "f1") == "\u2013"


@pytest.mark.parametrize(
    ("theirs", "words"),
    [(0.99, "is better than all of"), (0.9, "no difference from it is shown"), (0.5, "is worse than all of")],
)
def test_the_reference_stands_beside_the_interval(
    theirs: float, words: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """Inside of it no difference is shown; of a sample nothing is compared, in words, in bold, or in a figure."""
    facts = facts_of("conference-titles")
    real = load_recipe("conference-titles")
    assert real.reference is not None
    figures = (real.reference.figures[0].model_copy(update={"value": theirs}),)
    recipe = real.model_copy(update={"reference": real.reference.model_copy(update={"figures": figures})})
    assert words in render(replace(facts, recipe=recipe))
    assert "cannot be compared" in render(facts) and words not in render(facts)
    assert "0.846 (other records)" in render(facts)
    assert "The reference: " not in facts_of("asjc-subjects").pictures["inputs"].alt


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.04, 0.01, "shows no difference from the weights beyond chance"),
        (-0.04, -0.01, "is worse than the weights"),
        (0.01, 0.04, "is better than the weights"),
    ],
)
def test_changes_of_int8_inside_noise_are_called_so(
    low: float, high: float, words: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    facts = facts_of("scierc-entities")
    facts.evaluation["onnx"]["difference"] |= {"low": low, "high": high}
    assert words in render(facts) and words in report(facts)


def test_settings_other_than_the_defaults_stand_first(facts_of: Callable[[str], GoldenFacts]) -> None:
    """In a line; the defaults are folded, and are those of the installed transformers."""
    from transformers import TrainingArguments

    from hubpress.card.tables import DEFAULTS

    own = TrainingArguments(output_dir="nowhere").to_dict()
    assert {name: own[name] in values for name, values in DEFAULTS.items()} == dict.fromkeys(DEFAULTS, True)
    card = render(facts_of("conference-titles"))
    line = next(line for line in card.split("\n") if line.startswith("`base model`"))
    assert "`learning_rate` 0.0002" in line and "adam_beta1" not in line
    assert ["adam_beta1", "0.9"] in rows(card, "<summary>Time, hardware, and all other settings</summary>")
