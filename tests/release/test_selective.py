"""A model that may leave a text unanswered: released, proved, and alike in pipeline, ONNX file, Space and figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import load_from_disk
from sklearn.metrics import cohen_kappa_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from helpers.overconfident import CONFERENCES, model_of_titles, save_overconfident
from helpers.processes import Command
from helpers.space import session
from hubpress.layout import ONNX

BELOW = 0.3


def space_classifier(space: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what a Space's app answers with."""
    monkeypatch.setenv("MODEL_DIR", str(model))
    monkeypatch.syspath_prepend(str(space))
    for name in ("classifier", "decision", "model", "record_text", "settings"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from classifier import Classifier  # type: ignore[import-not-found]
    from model import TextModel  # type: ignore[import-not-found]
    from settings import Settings  # type: ignore[import-not-found]

    settings = Settings.load(space / "space.json")
    return Classifier(TextModel(settings), settings)


@pytest.mark.slow
def test_all_ways_to_ask_abstain_alike(
    tiny_base: Path, tmp_path: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Model and Space are proved; unsure answers are the same everywhere, and are counted as the card says.

    Labels with an order are measured by it besides.
    """
    checkpoint = save_overconfident(tiny_base, tmp_path / "checkpoint")
    decision = {"calibration": "temperature", "abstain_below": BELOW}
    ordered = {"labels": list(CONFERENCES), "ordinal": True}
    models = model_of_titles(tmp_path / "models", checkpoint, decision=decision, data=ordered, onnx={"export": True})
    build = tmp_path / "build"
    ran = hubpress("release", "pets", "--models", models, "--build-dir", build, "--quiet")
    assert ran.code == 0, ran.err
    repo, test = build / "pets" / "repo", load_from_disk(str(build / "pets" / "data" / "test"))
    evaluation = json.loads((repo / "evaluation.json").read_text(encoding="utf-8"))
    temperature = evaluation["decision"]["temperature"]

    texts = test["text"][:]
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        logits = AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()(**encoded).logits
    scores = (logits / temperature).softmax(-1).numpy()
    answered = scores.max(axis=1) >= BELOW
    assert 0 < answered.sum() < len(texts)

    classify = pipeline(model=str(repo), trust_remote_code=True)
    labels = classify.model.config.id2label
    expected = [
        labels[number] if sure else "not classifiable" for number, sure in zip(scores.argmax(1), answered, strict=True)
    ]
    given = classify(texts)
    assert [answer["label"] for answer in given] == expected
    assert [answer["score"] for answer in given] == pytest.approx(scores.max(axis=1).tolist(), abs=1e-5)
    assert [answer["label"] for answer in classify(texts, abstain_below=0)] == [labels[n] for n in scores.argmax(1)]
    assert [len(answer) for answer in classify(texts, top_k=2)] == [2 if sure else 1 for sure in answered]
    with pytest.raises(ValueError, match="abstain_below: 2 is not a number from 0"):
        classify(texts[0], abstain_below=2)

    of_file = session(repo / ONNX).run(None, {name: value.numpy() for name, value in encoded.items()})[0]
    assert np.allclose(of_file, logits.numpy() / temperature, atol=1e-3)
    settings = json.loads((build / "pets" / "space" / "space.json").read_text(encoding="utf-8"))
    app = space_classifier(build / "pets" / "space", repo, monkeypatch)
    if settings["onnx"] == ONNX:
        assert [app.answer(text)["answer"][0]["label"] for text in texts] == expected
    said = {app.answer(text)["answer"][0]["label"] for text in texts}
    assert "not classifiable" in said
    assert len(said) > 1

    abstention, truth = evaluation["abstention"], np.array(test["label"][:])
    right = scores.argmax(1) == truth
    assert abstention["coverage"] == pytest.approx(answered.mean(), abs=1e-6)
    assert abstention["selective_accuracy"] == pytest.approx(right[answered].mean(), abs=1e-6)
    assert evaluation["metrics"]["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    kappa = cohen_kappa_score(truth, scores.argmax(1), weights="quadratic")
    assert evaluation["metrics"]["kappa_quadratic"] == pytest.approx(kappa, abs=1e-6)
    card = (repo / "README.md").read_text(encoding="utf-8")
    assert f"| Coverage: share of records that are answered | {answered.mean():.3f} |" in card
