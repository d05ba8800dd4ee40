"""What a card warns of by the answers to the test records, and what it says that scores are made by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from helpers.card import GoldenFacts, render
from hubpress.card.about import About
from hubpress.card.doubts import doubts
from hubpress.schemas.training import TrainedFacts

COUNT = 42
TRUE = [int(place % 7 > 5) for place in range(COUNT)]
HALVES = [place % 2 for place in range(COUNT)]
ANSWERS: dict[str, tuple[list[int], str]] = {
    "right": (TRUE, ""),
    "exchanged": ([1 - label for label in TRUE], "So exchanged, 42 of 42 would be right, where 0 are now. Look at the"),
    "always one": ([1] * COUNT, "no better than always the most frequent label"),
    "by chance": ([place // 7 % 2 for place in range(COUNT)], "On 42 test records its answers are "),
    "exchanged by three alone": ([1 - label if place < 3 else label for place, label in enumerate(TRUE)], ""),
}


@pytest.mark.parametrize("answers", ANSWERS)
def test_answers_of_chance_and_of_another_order_are_warned_of(
    answers: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """At the top, with where to look; of answers that are mostly right nothing is said."""
    given, says = ANSWERS[answers]
    facts = facts_of("conference-titles")
    facts.evaluation["outcomes"] = {"expected": _written(TRUE), "answered": _written(given)}
    card = render(facts)
    assert ("Do not rely on this model as it is" in card) == bool(says)
    assert says in card


@pytest.mark.parametrize(
    ("answers", "says"), [([1.0, 2.0, 3.0, 4.0], ""), ([4.0, 3.0, 2.0, 1.0], "run against the true ones (Spearman")]
)
def test_numbers_against_the_true_ones_are_warned_of(
    answers: list[float], says: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    facts = facts_of("conference-titles")
    score = {"label": "x", "metrics": {}, "intervals": {}}
    written = {"expected": _written([1.0, 2.0, 3.0, 4.0]), "answered": _written(answers)}
    evaluation = type(facts.typed.evaluation).model_validate(
        {**facts.evaluation, "targets": [score], "outcomes": written}
    )
    assert says in "".join(doubts(evaluation, facts.typed.training))


TOKENS = {"unknown": 0.01, "pieces": 1.3, "characters": 6.0, "lowers": True, "capitals": 0.0}


@pytest.mark.parametrize(
    ("tokens", "accuracy", "right", "says"),
    [
        ({}, "0.95", 38, ""),
        (
            {},
            "0.95",
            30,
            "say an accuracy of 0.950 on validation (trainer_state.json), and on 42 test records here it is",
        ),
        ({"capitals": 0.3}, "0.95", 38, "reads capital letters as small ones, but 30% of its vocabulary have capitals"),
        ({"lowers": False}, "0.95", 38, "leaves capital letters as they are, but its vocabulary has none, and 1.0% of"),
        ({"unknown": 0.2}, "0.95", 38, "20% of the pieces of the test texts are unknown to its tokenizer"),
        ({"pieces": 4.5}, "0.95", 38, "makes 4.5 pieces of a word of the test texts"),
        ({"pieces": 4.5, "characters": 40.0}, "0.95", 38, ""),
        ({"lowers": False, "capitals": 0.3, "unknown": None}, "0.95", 38, ""),
    ],
)
def test_signs_that_a_model_is_not_asked_as_it_was_trained(
    tokens: dict[str, Any], accuracy: str, right: int, says: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """Answers may be half right with another tokenizer of the same size: what its files say tells it."""
    facts = facts_of("conference-titles")
    answered = [label if place < right else 1 - label for place, label in enumerate(HALVES)]
    outcomes = {"expected": _written(HALVES), "answered": _written(answered)}
    evaluation = type(facts.typed.evaluation).model_validate(
        {**facts.evaluation, "outcomes": outcomes, "baselines": []}
    )
    known = {"name": "validation at step 9", "value": f"loss 0.2, accuracy {accuracy}", "source": "trainer_state.json"}
    trained = TrainedFacts.model_validate(
        {
            **{key: facts.training[key] for key in ("base_model", "stated", "parameters", "versions")},
            **{"trained": facts.training["base_model"], "weights": {}, "dtype": "float32", "known": [known]},
            **{"unknown": [], "tokenizer": TOKENS | tokens},
        }
    )
    told = doubts(evaluation, trained)
    assert (len(told), says in "".join(told)) == (bool(says), True), told


PROBE = {
    "estimator": "LogisticRegression",
    "parameter": "C",
    "value": 1.0,
    "chosen_by": "x",
    "tried": [],
    "features": 8,
}
EPOCH = {"epoch": 0, "step": 0, "train_loss": 1.0, "validation_loss": 1.0, "metrics": {"f1_weighted": 0.5}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "outputs of a fine-tuned network, not calibrated probabilities."),
        ({"stated": {"class_weight": "balanced"}}, "outputs of a network fine-tuned with weighted classes, not"),
        ({"lora": {"r": 4, "lora_alpha": 8, "lora_dropout": 0, "target_modules": ["query"], "modules_to_save": [],
                   "bias": "none", "use_rslora": False, "use_dora": False}}, "a network fine-tuned by an adapter, not"),
        ({"probe": PROBE}, "outputs of a fine-tuned network, not calibrated"),  # which began with it
        ({"probe": PROBE, "epochs": [EPOCH], "best_epoch": 0}, "a linear model on a network as it was, not calibrated"),
    ],
)  # fmt: skip
def test_scores_are_told_by_how_the_model_was_trained(
    changes: dict[str, Any], says: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    facts = facts_of("conference-titles")
    typed = type(facts.typed.training).model_validate({**facts.training, **changes})
    assert says in About.of(replace(facts.typed, training=typed)).scores


def _written(values: list[Any]) -> str:
    return " ".join(map(str, values))
