"""The templates of pairs and of numbers, released as `hubpress new` writes them, and proved with their Spaces."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from helpers.processes import Command
from hubpress.data.stored import load_split
from hubpress.metrics.numbers import NumberPredictions, read
from hubpress.schemas.evaluation import Evaluation

pytestmark = pytest.mark.slow


def released(hubpress: Command, tiny: list[str], folder: Path, task: str, *options: str) -> Path:
    """Write the model of a task and release it on the tiny base with its test split; return its build folder."""
    where = ["--models", folder / "models"]
    assert hubpress("new", "tea-time", "--task", task, *where).code == 0
    where += ["--build-dir", folder / "build", "--quiet"]
    published = ["--set", "publish_data={license: cc-by-4.0}"]
    ran = hubpress("release", "tea-time", *where, "--json", *tiny, *published, *options)
    assert ran.code == 0, ran.err
    stages = {one["stage"]: one["result"] for one in json.loads(ran.out)["tea-time"]["stages"]}
    assert stages["verify"].startswith("14 proofs hold") and stages["verify space"].startswith("10 proofs hold")
    return folder / "build" / "tea-time"


def logits(repo: Path, *texts: list[str]) -> np.ndarray:
    """Return what plain transformers code makes of texts, or of pairs, one by one."""
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(repo), AutoTokenizer.from_pretrained(repo)
    with torch.inference_mode():
        found = [
            model(**tokenizer(*one, truncation=True, return_tensors="pt")).logits[0] for one in zip(*texts, strict=True)
        ]
    return torch.stack(found).numpy()


def test_a_model_of_pairs_is_released_and_verified(hubpress: Command, tiny: list[str], tmp_path: Path) -> None:
    """Two boxes in the Space, three inputs of the ONNX file, and the figures of plain transformers code."""
    build = released(hubpress, tiny, tmp_path, "pair")
    config: dict[str, Any] = json.loads((build / "repo" / "config.json").read_text(encoding="utf-8"))
    assert (config["input_template"], config["text_pair"]) == ("{{ question }}", "{{ passage }}")
    import onnx

    inputs = onnx.load(build / "repo" / "onnx" / "model.onnx").graph.input
    assert {one.name for one in inputs} == {"input_ids", "attention_mask", "token_type_ids"}
    test = load_split(build / "data", "test")
    answers = logits(build / "repo", test["text"], test["text_pair"]).argmax(axis=1)
    evaluation = Evaluation.load(build / "repo" / "evaluation.json")
    assert evaluation.metrics["accuracy"] == pytest.approx(float((answers == np.array(test["label"])).mean()), abs=1e-6)
    assert not set(load_split(build / "data", "train")["text"]) & set(test["text"])  # the questions stay together
    assert (build / "test-data" / "README.md").read_text(encoding="utf-8").count("`text_pair`") == 1


def test_a_model_of_numbers_is_released_and_verified(hubpress: Command, tiny: list[str], tmp_path: Path) -> None:
    """Stock loading gives the numbers in their units; the figures are those of plain transformers code.

    Nobody needs the records to measure them again: they are published.
    """
    options = ["--set", "training.learning_rate=0.001", "--set", "training.lora={r: 4, target_modules: [query]}"]
    build = released(hubpress, tiny, tmp_path, "regression", *options)
    config: dict[str, Any] = json.loads((build / "repo" / "config.json").read_text(encoding="utf-8"))
    assert (config["problem_type"], config["targets"]) == ("regression", {"satisfaction": [0, 10]})
    evaluation = Evaluation.load(build / "repo" / "evaluation.json")
    assert set(evaluation.metrics) == set(evaluation.intervals) == {"pearson", "spearman", "mae", "rmse"}
    assert [one.name for one in evaluation.baselines] == ["mean", "tfidf_ridge"]
    test = load_split(build / "data", "test")
    answers = logits(build / "repo", test["text"])
    assert 1 < answers.mean() < 9  # it has begun at the mean of the records
    plain = NumberPredictions(("satisfaction",), np.array(test["targets"]), answers.astype(np.float64))
    assert plain.metrics(tuple(evaluation.metrics)) == pytest.approx(evaluation.metrics, abs=1e-6)
    assert evaluation.outcomes is not None
    assert read(evaluation.outcomes.answered, 1) == pytest.approx(answers, abs=1e-5)
    card = (build / "repo" / "README.md").read_text(encoding="utf-8")
    assert 'function_to_apply="none"' in card and "figures/scatter.png" in card
    records = (build / "test-data" / "README.md").read_text(encoding="utf-8")
    mean, low = np.mean(test["targets"]), np.min(test["targets"])
    assert re.search(rf"\| satisfaction \| {low:g} \| {mean:.3f} \|", records)
    (tmp_path / "elsewhere").mkdir()
    ran = hubpress(
        "verify", "rehearsal/tea-time", "--models", tmp_path / "elsewhere", "--build-dir", build.parent, "--quiet"
    )
    assert ran.code == 0, ran.err
    assert re.search(rf"holds +data +fingerprint of the published test split, .*, {len(test)} records", ran.out)
