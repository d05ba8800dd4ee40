"""An adapter that is trained already is merged into its base: the figures are those of peft, and its facts are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import load_from_disk
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification

from helpers.adapters import adapted, save_adapter
from helpers.checkpoints import model_of
from hubpress import evaluate_model, load_recipe, render_card
from hubpress.files import sha256_file

PLAIN = {"onnx": {"export": False}, "data": {"labels": ["dog", "cat"]}}


def taken(folder: Path, adapter: Path, **changes: Any) -> tuple[Any, Path]:
    """Return the evaluation of a release of an adapter, and its staged folder."""
    models = model_of(folder / "models", adapter, **{**PLAIN, **changes})
    evaluation = evaluate_model(load_recipe("pets", models_dir=models), build_dir=folder / "build", quiet=True)
    return evaluation, folder / "build" / "pets" / "repo"


def test_figures_are_those_of_peft(tiny_base: Path, tmp_path: Path) -> None:
    """Scores and figures equal those of peft and transformers alone to 1e-6, and the card's facts name their source."""
    adapter = save_adapter(tiny_base, tmp_path / "adapter", use_rslora=True)
    evaluation, repo = taken(tmp_path, adapter)
    model, tokenizer = adapted(tiny_base, use_rslora=True)
    test = load_from_disk(str(tmp_path / "build" / "pets" / "data" / "test"))
    with torch.inference_mode():
        logits = model(**tokenizer(test["text"][:], truncation=True, padding=True, return_tensors="pt")).logits
        asked = model(**tokenizer(evaluation.widget[0].text, return_tensors="pt")).logits.softmax(-1)[0]
    expected = f1_score(test["label"][:], logits.argmax(-1).tolist(), average="macro")
    assert evaluation.metrics["f1_macro"] == pytest.approx(expected, abs=1e-6)
    assert evaluation.widget[0].output[0].score == pytest.approx(asked.max().item(), abs=1e-6)
    whole = AutoModelForSequenceClassification.from_pretrained(repo)
    assert whole.config.id2label == {0: "dog", 1: "cat"}
    training = json.loads((repo / "training.json").read_text(encoding="utf-8"))
    known = {fact["name"]: (fact["value"], fact["source"]) for fact in training["known"]}
    assert known["r"] == ("4", "adapter_config.json")
    assert known["target_modules"] == ("query, value", "adapter_config.json")
    assert known["base model"] == ("in a folder", "adapter_config.json")
    assert list(training["weights"]) == ["adapter_model.safetensors"]
    assert training["base_weights"] == {"model.safetensors": sha256_file(tiny_base / "model.safetensors")}
    assert "saved by transformers" not in known  # which the base was, and nothing says so of the adapter
    assert known["base saved by transformers"][1] == "config.json of the base"
    assert training["adjustments"][1].startswith("An adapter gives its labels no names; those of the recipe")
    card = render_card(load_recipe("pets", models_dir=tmp_path / "models"), build_dir=tmp_path / "build", quiet=True)
    told = "an adapter from a folder was merged here into its base, from a folder"
    assert told in card and told in (repo / "REPORT.md").read_text(encoding="utf-8")
    assert str(tiny_base) not in (repo / "training.json").read_text(encoding="utf-8")
