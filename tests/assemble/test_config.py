"""Every decision that a recipe may take: written into config.json, carried out by what is published, measured so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline

from helpers.processes import Ran

Evaluate = Callable[..., tuple[dict[str, Any], dict[str, Any], Path]]


@pytest.fixture
def evaluate(hubpress: Callable[..., Ran], quick: list[str], tmp_path: Path) -> Evaluate:
    """Train and evaluate a tiny model for one epoch; return its config, its evaluation and its folder."""

    def run(model: str, *settings: str) -> tuple[dict[str, Any], dict[str, Any], Path]:
        words = [word for setting in ("training.num_train_epochs=1", *settings) for word in ("--set", setting)]
        ran = hubpress("check", model, "--build-dir", tmp_path, *quick, *words)
        assert ran.code == 0, ran.err
        repo = tmp_path / model / "repo"
        config, evaluation = (
            json.loads((repo / name).read_text(encoding="utf-8")) for name in ("config.json", "evaluation.json")
        )
        return config, evaluation, repo

    return run


@pytest.mark.slow
def test_a_threshold_for_each_label(evaluate: Evaluate) -> None:
    """One threshold a label, chosen on validation, is at least as good there as the best common one and as 0.3."""
    config, evaluation, repo = evaluate("asjc-subjects", "decision.threshold=tune-per-label")
    each = config["decision"]["threshold"]
    assert len(each) == len(config["id2label"])
    assert config["threshold"] == evaluation["decision"]["threshold"]
    limits = dict(zip(config["id2label"].values(), each, strict=True))
    assert evaluation["decision"]["per_label"] == limits
    assert evaluation["decision"]["value"] >= evaluation["decision"]["beside"]["value"]
    pipe = pipeline(model=str(repo), trust_remote_code=True)
    for answer in pipe(["title={Rice}, container_title={}, abstract={}"] * 2):
        assert all(entry["score"] >= limits[entry["label"]] for entry in answer)


@pytest.mark.slow
def test_a_fixed_threshold_is_chosen_nowhere(evaluate: Evaluate) -> None:
    """A number in the recipe stands in config.json twice, and the facts name no split that it was chosen on."""
    config, evaluation, _ = evaluate("asjc-subjects", "decision.threshold=0.2")
    assert config["threshold"] == config["decision"]["threshold"] == 0.2
    assert evaluation["decision"] == {"rule": "threshold", "threshold": 0.2}


@pytest.mark.slow
def test_the_best_labels_whatever_they_score(evaluate: Evaluate) -> None:
    """top_k answers that many labels a record, and the figures are those of such answers."""
    settings = ("decision={rule: top_k, top_k: 3}", "evaluation.thresholds=[]")
    config, evaluation, repo = evaluate("asjc-subjects", *settings)
    assert "threshold" not in config
    counted = evaluation["per_class"]
    assert len(pipeline(model=str(repo), trust_remote_code=True)("Rice")) == 3
    hits, support = (sum(row[key] for row in counted) for key in ("correct", "support"))
    assert evaluation["metrics"]["precision_micro"] == pytest.approx(hits / (3 * evaluation["data"]["count"]))
    assert evaluation["metrics"]["recall_micro"] == pytest.approx(hits / support)


@pytest.mark.slow
def test_weights_of_rare_labels(evaluate: Evaluate) -> None:
    """Balanced weights train a multi-label model as they do one of many classes."""
    for model in ("asjc-subjects", "openalex-topics"):
        _, evaluation, _ = evaluate(model, "training.class_weight=balanced")
        assert 0 <= evaluation["metrics"][evaluation["main_metric"]] <= 1
