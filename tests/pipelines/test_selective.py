"""The decision that may leave a text unanswered, by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.pipeline import load


@pytest.fixture(scope="module")
def decision() -> Any:
    return load("decision").Decision


def config(**changes: Any) -> dict[str, Any]:
    labels = changes.pop("labels", ["a", "b", "c"])
    rule = {"rule": "argmax", "abstain_below": 0.5, **changes.pop("decision", {})}
    return {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "problem_type": "single_label_classification",
        "decision": rule,
        **changes,
    }


SCORES = np.array([[0.2, 0.5, 0.3], [0.4, 0.35, 0.25]], dtype=np.float32)


def test_only_what_scores_enough_is_answered(decision: Any) -> None:
    """A score that just reaches it is enough; else the best score stands beside the refusal to answer."""
    made = decision.from_config(config())
    sure, unsure = made.decide(SCORES)
    assert sure == [{"label": "b", "score": 0.5}]
    assert unsure == [{"label": "not classifiable", "score": pytest.approx(0.4)}]
    assert made.decide(SCORES, abstain_below=0)[1] == [{"label": "a", "score": pytest.approx(0.4)}]
    assert made.decide(SCORES, abstain_below=0.51)[0][0]["label"] == "not classifiable"


def test_a_score_is_compared_in_full_precision(decision: Any) -> None:
    """In float32, 0.7 is a little less than 0.7, and so is below it."""
    made = decision.from_config(config(decision={"abstain_below": 0.7}))
    row = np.array([[0.7, 0.2, 0.1]], dtype=np.float32)
    assert made.decide(row)[0][0]["label"] == "not classifiable"


def test_several_labels_and_parents(decision: Any) -> None:
    """The three best are answered or none; nothing stands above what is not answered."""
    parents = {"a": "x", "b": "y", "c": "y"}
    made = decision.from_config(config(decision={"rule": "top_k", "top_k": 2}, parents=parents))
    sure, unsure = made.decide(SCORES, parents=True)
    assert [entry["label"] for entry in sure["labels"]] == ["b", "c"]
    assert [entry["label"] for entry in sure["parents"]] == ["y"]
    assert ([entry["label"] for entry in unsure["labels"]], unsure["parents"]) == (["not classifiable"], [])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"decision": {"abstain_below": 0.3}}, "1/labels to 1"),
        ({"decision": {"abstain_below": 1}}, "1/labels to 1"),
        ({"problem_type": "multi_label_classification"}, "labels that exclude one another"),
        ({"labels": ["a", "b", "not classifiable"]}, "which is one of the labels"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], says: str, decision: Any) -> None:
    """A config.json that contradicts itself ends in one sentence."""
    with pytest.raises(ValueError, match=says):
        decision.from_config(config(**changes))


@pytest.mark.parametrize("below", [-0.1, 1.5, True, "0.5"])
def test_a_call_gives_a_share(below: Any, decision: Any) -> None:
    """What is no number from 0 to 1 is refused, and so is every one for labels that do not exclude one another."""
    with pytest.raises(ValueError, match="abstain_below"):
        decision.from_config(config()).decide(SCORES, abstain_below=below)
    several = config(problem_type="multi_label_classification")
    several["decision"] = {"rule": "threshold", "threshold": 0.5}
    with pytest.raises(ValueError, match="does not answer with the best of its labels"):
        decision.from_config(several).decide(SCORES, abstain_below=0.5)
