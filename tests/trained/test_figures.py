"""The figures of a model that was trained elsewhere are those that plain transformers code gives of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from datasets import load_from_disk
from safetensors.torch import load_file
from sklearn.metrics import accuracy_score, f1_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from helpers.checkpoints import classifier, model_of
from helpers.processes import Command
from hubpress import evaluate_model, load_recipe
from hubpress.schemas.answers import LabelScore


def test_figures_of_trainers_folder_are_those_of_plain_code(by_trainer: Path, tmp_path: Path) -> None:
    """Trainer's output folder is taken without training; its weights stay, and the figures are its own to 1e-6."""
    models = model_of(tmp_path / "models", by_trainer, onnx={"export": False})
    evaluation = evaluate_model(load_recipe("pets", models_dir=models), build_dir=tmp_path / "build", quiet=True)

    test = load_from_disk(str(tmp_path / "build" / "pets" / "data" / "test"))
    model = AutoModelForSequenceClassification.from_pretrained(by_trainer).eval()
    tokenizer = AutoTokenizer.from_pretrained(by_trainer)
    encoded = tokenizer(test["text"][:], truncation=True, padding=True, return_tensors="pt")
    with torch.inference_mode():
        logits = model(**encoded).logits
    truth, answers = test["label"][:], logits.argmax(-1).tolist()
    assert evaluation.metrics["accuracy"] == pytest.approx(accuracy_score(truth, answers), abs=1e-6)
    assert evaluation.metrics["f1_macro"] == pytest.approx(f1_score(truth, answers, average="macro"), abs=1e-6)
    answer = evaluation.widget[0].output[0]
    assert isinstance(answer, LabelScore)
    asked = tokenizer(evaluation.widget[0].text, return_tensors="pt")
    with torch.inference_mode():
        scores = model(**asked).logits.softmax(-1)[0]
    assert answer.score == pytest.approx(scores.max().item(), abs=1e-6)
    assert answer.label == model.config.id2label[int(scores.argmax())]

    repo = tmp_path / "build" / "pets" / "repo"
    ours, theirs = load_file(repo / "model.safetensors"), load_file(by_trainer / "model.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    training = json.loads((repo / "training.json").read_text(encoding="utf-8"))
    known = {(fact["name"], fact["value"], fact["source"]) for fact in training["known"]}
    assert ("learning_rate", "0.001", "training_args.bin") in known
    assert ("epochs", "2", "trainer_state.json") in known
    assert training["stated"] == {"max_length": 128}


def test_a_tokenizer_that_cannot_be_the_models_is_told(by_trainer: Path, tmp_path: Path, hubpress: Command) -> None:
    """Of one that keeps capitals where its vocabulary has none: on the terminal, in JSON, on the card and in verify."""
    checkpoint = tmp_path / "checkpoint"
    shutil.copytree(by_trainer, checkpoint, ignore=shutil.ignore_patterns("checkpoint*"))
    for name, change in (("tokenizer.json", {"lowercase": False}), ("tokenizer_config.json", {"do_lower_case": False})):
        settings = json.loads((checkpoint / name).read_text(encoding="utf-8"))
        settings.get("normalizer", settings).update(change)
        (checkpoint / name).write_text(json.dumps(settings), encoding="utf-8")
    models, build = model_of(tmp_path / "models", checkpoint, onnx={"export": False}), tmp_path / "build"
    ran = hubpress("card", "pets", "--models", models, "--build-dir", build, "--json")
    assert ran.code == 0, ran.err
    stages = {stage["stage"]: stage for stage in json.loads(ran.out)["pets"]["stages"]}
    says = "Its tokenizer leaves capital letters as they are, but its vocabulary has none, and "
    (told,) = (one for one in stages["evaluate"]["warnings"] if one.startswith(says))
    assert f"evaluate: WARNING: {told}" in ran.err
    assert told in (build / "pets" / "repo" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_figures_of_several_labels_are_those_of_plain_code(tiny_base: Path, tmp_path: Path) -> None:
    """A multi-label model decides by the recipe's threshold; its scores are sigmoids of its own logits."""
    checkpoint = tmp_path / "checkpoint"
    parts = classifier(tiny_base, ("cat", "bird", "dog"), problem_type="multi_label_classification")
    for part in parts:
        part.save_pretrained(checkpoint)
    data = {
        "columns": {"label": None, "labels": "kind", "separator": ";"},
        "split": {"method": "random", "test_size": 0.4, "seed": 1},
    }
    models = model_of(
        tmp_path / "models",
        checkpoint,
        task="multi-label",
        data=data,
        decision={"rule": "threshold", "threshold": 0.5},
        onnx={"export": False},
    )
    evaluation = evaluate_model(load_recipe("pets", models_dir=models), build_dir=tmp_path / "build", quiet=True)
    test = load_from_disk(str(tmp_path / "build" / "pets" / "data" / "test"))
    model, tokenizer = parts
    with torch.inference_mode():
        logits = model.eval()(**tokenizer(test["text"][:], padding=True, return_tensors="pt")).logits
    answers = (logits.sigmoid() >= 0.5).int().numpy()
    truth = [[int(number in labels) for number in range(3)] for labels in test["labels"][:]]
    expected = f1_score(truth, answers, average="micro", zero_division=0)
    assert evaluation.metrics["f1_micro"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_labels_without_names_get_those_of_the_recipe(tiny_base: Path, tmp_path: Path) -> None:
    """LABEL_0 and LABEL_1 are what data.label_names calls them, in its order, and training.json says so."""
    for part in classifier(tiny_base, ("LABEL_0", "LABEL_1")):
        part.save_pretrained(tmp_path / "checkpoint")
    names = {"label_names": {"dog": "a dog", "cat": "a cat"}}
    models = model_of(tmp_path / "models", tmp_path / "checkpoint", data=names, onnx={"export": False})
    evaluate_model(load_recipe("pets", models_dir=models), build_dir=tmp_path / "build", quiet=True)
    repo = tmp_path / "build" / "pets" / "repo"
    assert AutoModelForSequenceClassification.from_pretrained(repo).config.id2label == {0: "a dog", 1: "a cat"}
    said = json.loads((repo / "training.json").read_text(encoding="utf-8"))["adjustments"]
    assert any("gives its labels no names" in sentence for sentence in said)
