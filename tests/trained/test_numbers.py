"""Checkpoints that answer numbers, of texts and of pairs: taken where their outputs are the numbers, else refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from datasets import load_from_disk

from helpers.checkpoints import classifier, model_of, records
from hubpress import HubpressError, Job, evaluate_model, load_recipe, run_stages

PAIRS = [{"text": row["text"], "text_pair": f"It is a {row['kind']}."} for row in records()]


def models_with(folder: Path, checkpoint: Path, **data: Any) -> Path:
    """Write a model "pets" of a checkpoint that answers a number to each pair."""
    lines = [f'{{"text": "{one["text"]}", "other": "{one["text_pair"]}", "weight": {place / 4}}}\n'
             for place, one in enumerate(PAIRS)]  # fmt: skip
    data = {"source": "pairs.jsonl", "columns": {"target": "weight"}, "text_pair": "{{ other }}", **data}
    widget = [{"text": "It barks.", "text_pair": "It is a dog.", "example_title": "A dog"}]
    data["columns"] = {"label": None, **data["columns"]}
    models = model_of(folder, checkpoint, task="regression", onnx={"export": False}, data=data, widget=widget)
    (models / "pets" / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    return models


def taken(models: Path, build: Path, last: str = "assemble") -> Path:
    job = Job.of(load_recipe("pets", models_dir=models), build_dir=build, quiet=True)
    run_stages(job, until=last)
    return job.repo


@pytest.mark.slow
def test_a_cross_encoder_with_one_output_is_taken(tiny_base: Path, tmp_path: Path) -> None:
    """Its scores of pairs are those of its own library; the number is called as the recipe's column."""
    from sentence_transformers import CrossEncoder

    encoder = CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Identity())
    encoder.save_pretrained(str(tmp_path / "checkpoint"))
    repo = taken(models_with(tmp_path / "models", tmp_path / "checkpoint"), tmp_path / "build")
    pipe = transformers.pipeline("text-classification", model=str(repo), truncation=True)
    scores = encoder.predict([tuple(pair.values()) for pair in PAIRS])
    answers = pipe(PAIRS)
    assert [one["score"] for one in answers] == pytest.approx(scores.tolist(), abs=1e-6)
    assert {one["label"] for one in answers} == {"weight"}


def test_an_output_under_a_sigmoid_is_that_of_one_of_two_labels(tiny_base: Path, tmp_path: Path) -> None:
    """The scores are those of its own library; a pair is also measured by some of its fields, with the others empty."""
    from sentence_transformers import CrossEncoder

    encoder = CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Sigmoid())
    with torch.no_grad():
        encoder.model.classifier.weight.mul_(40)  # so that some pairs are answered so, and some otherwise
    encoder.save_pretrained(str(tmp_path / "checkpoint"))
    data = {"source": "pairs.jsonl", "labels": ["cat", "dog"], "text_pair": "{{ other }} {{ note }}"}
    models = model_of(
        tmp_path / "models", tmp_path / "checkpoint", onnx={"export": False}, data=data,
        evaluation={"inputs": {"short": ["text", "other"]}, "metrics": ["accuracy"], "main_metric": "accuracy"},
        widget=[{"text": "It barks.", "text_pair": "It is a dog.", "example_title": "A dog"}],
    )  # fmt: skip
    lines = [json.dumps({"text": row["text"], "other": f"Number {place}.", "note": "Who knows?", "kind": row["kind"]})
             for place, row in enumerate(records())]  # fmt: skip
    (models / "pets" / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    evaluation = evaluate_model(load_recipe("pets", models_dir=models), build_dir=tmp_path / "build", quiet=True)
    test = load_from_disk(str(tmp_path / "build" / "pets" / "data" / "test"))
    pipe = transformers.pipeline("text-classification", model=str(tmp_path / "build" / "pets" / "repo"))
    for pairs, measured in (
        (list(zip(test["text"], test["text_pair"], strict=True)), evaluation.metrics),
        ([(one["text"], one["other"]) for one in map(json.loads, test["record"])], evaluation.slices[0].metrics),
    ):
        scores = encoder.predict(pairs)
        answers = pipe([dict(zip(("text", "text_pair"), pair, strict=True)) for pair in pairs], top_k=None)
        found = [next(one["score"] for one in answer if one["label"] == "dog") for answer in answers]
        assert found == pytest.approx(scores.tolist(), abs=1e-5)  # of an output that is forty times as large
        right = [(score > 0.5) == (label == 1) for score, label in zip(scores, test["label"], strict=True)]
        assert measured["accuracy"] == pytest.approx(sum(right) / len(right))
    assert evaluation.slices[0].inputs == "short"


def test_what_is_no_number_for_certain_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    """An output that sentence-transformers squeezes, outputs of which nothing is said, and those of a classifier."""
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Sigmoid()).save_pretrained(str(tmp_path / "one"))
    for name, settings in (("two", {}), ("three", {"problem_type": "single_label_classification"})):
        model, tokenizer = classifier(tiny_base, ("dog", "cat"), **settings)
        model.save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    for name, says in (
        (
            "one",
            r"applies Sigmoid to its output.* say task: single-label .*Identity\(\), and name that.* rank texts as",
        ),
        ("two", "does not say that its 2 outputs are numbers"),
        ("three", "was trained as single_label_classification"),
    ):
        with pytest.raises(HubpressError, match=says):
            taken(models_with(tmp_path / f"models-{name}", tmp_path / name), tmp_path / "build", "data")
    with pytest.raises(HubpressError, match=r"has 2 numbers, age and weight, but the trained model answers 1"):
        models = models_with(tmp_path / "models-both", tmp_path / "one", columns={"target_columns": ["age", "weight"]})
        config = tmp_path / "one" / "config_sentence_transformers.json"
        config.write_text(config.read_text(encoding="utf-8").replace("Sigmoid", "Identity"), encoding="utf-8")
        taken(models, tmp_path / "build", "data")
