"""What evaluation.json says of a decision, by config.json and by what validation told of it."""

from __future__ import annotations

from hubpress.evaluate.measure import decision_facts
from hubpress.schemas.evaluation import Aggregation, ThresholdValue
from hubpress.schemas.model_config import DecisionConfig, ModelConfig
from hubpress.tasks.protocol import TunedThreshold, Validated


def config(decision: DecisionConfig, threshold: float | None = None) -> ModelConfig:
    return ModelConfig(
        id2label={"0": "Rice", "1": "Steel"}, label2id={"Rice": 0, "Steel": 1}, decision=decision, threshold=threshold
    )


def test_the_best_label_needs_no_more_words() -> None:
    """Without a threshold only the rule is said."""
    assert decision_facts(config(DecisionConfig(rule="argmax")), None).as_json() == {"rule": "argmax"}


def test_a_tuned_threshold_says_how_good_it_is() -> None:
    """Count, metric and value on validation, and the same at the recipe's further threshold."""
    tuned = TunedThreshold(40, "f1_weighted", 0.8, ThresholdValue(threshold=0.3, value=0.7))
    given = config(DecisionConfig(rule="threshold", threshold=(0.2, 0.4), chosen_on="validation"), 0.25)
    assert decision_facts(given, Validated(metrics={}, tuned=tuned)).as_json() == {
        "rule": "threshold",
        "threshold": 0.25,
        "per_label": {"Rice": 0.2, "Steel": 0.4},
        "chosen_on": "validation",
        "count": 40,
        "metric": "f1_weighted",
        "value": 0.8,
        "beside": {"threshold": 0.3, "value": 0.7},
    }


def test_a_token_model_says_how_pieces_become_entities() -> None:
    """The strategy with what each is worth on validation; there is no threshold that would have been chosen."""
    aggregation = Aggregation(
        strategy="first", stride=20, has_spaces=False, chosen_on="validation", metric="f1", values={"first": 0.5}
    )
    given = config(DecisionConfig(rule="argmax", aggregation_strategy="first", chosen_on="validation"))
    found = decision_facts(given, Validated(metrics={}, aggregation=aggregation)).as_json()
    assert found == {"rule": "argmax", "aggregation": aggregation.as_json()}
