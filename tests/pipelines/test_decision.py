"""The decision that ships beside the weights, by itself."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from helpers.pipeline import (
    PIPELINES,
    RECORD,
    TEMPLATE,
    TEXT,
    load,
)
from helpers.processes import SECONDS


@pytest.fixture(scope="module")
def decision() -> Any:
    return load("decision")


def config(**changes: Any) -> dict[str, Any]:
    labels = changes.pop("labels", ["a", "b", "c", "d"])
    return {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "problem_type": "multi_label_classification",
        "decision": {"rule": "threshold", "threshold": 0.5},
        **changes,
    }


def names(answer: list[dict[str, Any]]) -> str:
    return "".join(entry["label"] for entry in answer)


def test_decision_needs_neither_torch_nor_transformers() -> None:
    """A Space imports the files flat and decides with numpy and jinja2 alone."""
    program = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
import decision, record_text
made = decision.Decision.from_config({"id2label": {"0": "a", "1": "b"}, "problem_type": "multi_label_classification",
                                      "decision": {"rule": "threshold", "threshold": 0.5}})
print(record_text.input_text("{{ title }}!", {"title": "x"}), made.decide(made.scores([[0.0, -1.0]])))
"""
    environment = {**os.environ, "PYTHONPATH": str(PIPELINES), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ran.stdout.strip() == "x! [[{'label': 'a', 'score': 0.5}]]", ran.stderr


def test_rules_and_what_a_caller_replaces(decision: Any) -> None:
    """Each rule answers as it says; a caller's threshold, number, or both stand in place of the model's own."""
    scores = np.array([[0.2, 0.9, 0.6, 0.1], [0.3, 0.1, 0.2, 0.4]], dtype=np.float32)
    by_threshold = decision.Decision.from_config(config())
    assert [names(answer) for answer in by_threshold.decide(scores)] == ["bc", ""]
    assert [names(answer) for answer in by_threshold.decide(scores, threshold=0.15)] == ["bca", "dac"]
    assert [names(answer) for answer in by_threshold.decide(scores, top_k=3)] == ["bca", "dac"]
    assert [names(answer) for answer in by_threshold.decide(scores, threshold=0.25, top_k=1)] == ["b", "d"]
    assert [names(answer) for answer in by_threshold.decide(scores, top_k=99)] == ["bcad", "dacb"]
    assert by_threshold.decide(np.empty((0, 4))) == []
    per_label = [0.1, 0.95, 0.6, 0.5]
    for given in (per_label, dict(zip("abcd", per_label, strict=True))):
        each = decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": given}))
        assert [names(answer) for answer in each.decide(scores.astype(np.float64))] == ["ca", "a"]
    best = decision.Decision.from_config(config(problem_type="single_label_classification", decision=None))
    assert [names(answer) for answer in best.decide(scores)] == ["b", "d"]
    top = decision.Decision.from_config(config(decision={"rule": "top_k", "top_k": 2}))
    assert [names(answer) for answer in top.decide(scores)] == ["bc", "da"]
    assert [names(answer) for answer in top.decide(scores, threshold=0.7)] == ["b", ""]


def test_equal_scores_keep_the_order_of_ids(decision: Any) -> None:
    """At the edge of top_k too, where a partition alone would pick any."""
    made = decision.Decision.from_config(config(labels=[f"{number:03d}" for number in range(300)]))
    scores = np.full((3, 300), 0.7)
    scores[1, 250] = 0.8
    assert [entry["label"] for entry in made.decide(scores)[0]] == list(made.labels)
    assert [entry["label"] for entry in made.decide(scores, top_k=3)[1]] == ["250", "000", "001"]


def test_scores_neither_overflow_nor_lose_precision(decision: Any) -> None:
    logits = np.array([[1e4, -1e4, 0.0, 3.0]], dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        assert np.allclose(decision.sigmoid(logits), [[1, 0, 0.5, 0.95257413]])
        assert np.allclose(decision.softmax(logits), [[1, 0, 0, 0]])
    made = decision.Decision.from_config(config())
    assert made.scores(logits).dtype == np.float32
    assert made.scores(logits.astype(np.float64)).dtype == np.float64
    with pytest.raises(ValueError, match="NaN"):
        made.decide(made.scores(np.full((1, 4), np.nan)))
    with pytest.raises(ValueError, match=r"\(1, 3\) are not rows of 4 labels"):
        made.decide(np.zeros((1, 3)))


def test_a_threshold_is_compared_without_rounding(decision: Any) -> None:
    """float32(0.3) is a little over 0.3 and float32(0.7) a little under 0.7, for one number as for one per label."""
    scores = np.array([[0.3, 0.3, 0.7, 0.7]], dtype=np.float32)
    for value, expected in ((0.3, "cdab"), (0.7, "")):
        for given in (value, [value] * 4):
            made = decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": given}))
            assert names(made.decide(scores)[0]) == expected


def test_parents_sum_what_excludes_and_take_the_best_of_what_does_not(decision: Any) -> None:
    """The parents of the answered labels; a label without a parent has none; levels are kept apart."""
    scores = np.array([[0.5, 0.1, 0.3, 0.05], [0.1, 0.1, 0.1, 0.7]])
    of_one = {"a": "X", "b": "Y", "c": "Y"}
    several = decision.Decision.from_config(config(parents=of_one, decision={"rule": "threshold", "threshold": 0.2}))
    assert several.decide(scores, parents=True) == [
        {
            "labels": [{"label": "a", "score": 0.5}, {"label": "c", "score": 0.3}],
            "parents": [{"label": "X", "score": 0.5}, {"label": "Y", "score": 0.3}],
        },
        {"labels": [{"label": "d", "score": 0.7}], "parents": []},
    ]
    levels = {label: {"field": name, "domain": "All"} for label, name in of_one.items()}
    one = decision.Decision.from_config(
        config(problem_type="single_label_classification", decision={"rule": "top_k", "top_k": 3}, parents=levels)
    )
    first = one.decide(scores, parents=True)[0]["parents"]
    assert {level: names(answer) for level, answer in first.items()} == {"field": "XY", "domain": "All"}
    assert [round(entry["score"], 6) for entry in (*first["field"], *first["domain"])] == [0.5, 0.4, 0.9]
    assert one.decide(scores, parents=True, top_k=1)[0]["parents"]["field"] == [{"label": "X", "score": 0.5}]
    assert one.decide(np.empty((0, 4)), parents=True) == []
    json.dumps(several.decide(scores.astype(np.float32), parents=True))


@pytest.mark.parametrize("value", [0, 1.0, [0.5, 0.5, 0.5, 0], dict.fromkeys("abcd", 1)])
def test_a_model_does_not_decide_at_0_or_1_but_a_caller_may(decision: Any, value: Any) -> None:
    """At 0 every label is answered, best first; at 1 those that are sure; at the limits of each label its own."""
    with pytest.raises(ValueError, match=r"^threshold: a model cannot decide at 0"):
        decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": value}))
    made, scores = decision.Decision.from_config(config()), np.array([[0.2, 0.9, 1.0, 0.0]], dtype=np.float32)
    expected = {"0": "cbad", "1.0": "c", "[0.5, 0.5, 0.5, 0]": "cbd"}.get(str(value), "c")
    assert names(made.decide(scores, threshold=value)[0]) == expected
    assert names(made.decide(scores, threshold=value, top_k=1)[0]) == "c"


@pytest.mark.parametrize("value", [-0.1, 1.5, math.nan, math.inf, True, "0.3", [0.5] * 3, {"a": 0.5},
                                   [0.5, 0.5, 0.5, math.nan], dict.fromkeys("abcde", 0.5)])  # fmt: skip
def test_thresholds_without_sense_are_refused(decision: Any, value: Any) -> None:
    """In a config and in a call."""
    with pytest.raises(ValueError, match=r"^threshold: "):
        decision.Decision.from_config(config(decision={"rule": "threshold", "threshold": value}))
    made = decision.Decision.from_config(config())
    with pytest.raises(ValueError, match=r"^threshold: "):
        made.decide(np.zeros((1, 4)), threshold=value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decision": {"rule": "vote"}}, "'vote'"),
        ({"decision": {"rule": "threshold"}}, "with its value"),
        ({"decision": {"rule": "top_k", "top_k": 0}}, "top_k: 0 is not"),
        ({"problem_type": None}, "problem_type None"),
        ({"parents": {"e": "X"}}, "parents: 'e' is not a label"),
        ({"parents": {"a": "X", "b": {"field": "Y"}}}, "each level"),
        ({"labels": ["a", "b"], "problem_type": "single_label_classification"}, "decision.positive must name"),
        ({"decision": {"rule": "threshold", "threshold": 0.5, "positive": "a"}}, "decision.positive must name"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(decision: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decision.Decision.from_config(config(**changes))


def test_records_become_text() -> None:
    """Missing, None and NaN read as empty; a field may be called like a function of Jinja2; strings pass."""
    record_text = load("record_text")
    assert record_text.input_text(TEMPLATE, RECORD) == TEXT
    assert record_text.input_text(TEMPLATE, {"title": "A", "abstract": None, "container_title": math.nan}) == (
        "title=A, container_title=, abstract="
    )
    assert record_text.input_text(TEMPLATE, " as {{ it }} is ") == " as {{ it }} is "
    assert record_text.input_text(TEMPLATE, {"title": "{{ 7 * 7 }}"}).startswith("title={{ 7 * 7 }},")
    assert record_text.input_text("{% if dict %}{{ range[:3] }}{% endif %}", {"dict": 0.5, "range": "abcdef"}) == "abc"
    assert record_text.fields_of(TEMPLATE) == ("title", "container_title", "abstract")
    with pytest.raises(ValueError, match="does not fit the model's input_template"):
        record_text.input_text("{{ title.x.y }}", {"title": "A"})
    with pytest.raises(ValueError, match="does not fit the model's input_template"):
        record_text.input_text("{{ title.__class__.__mro__ }}", {"title": "A"})
