"""Calibration: what is measured of scores, and the temperature that is folded into a head."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from datasets import load_from_disk
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from helpers.overconfident import model_of_titles, save_overconfident
from hubpress import evaluate_model, load_recipe, render_card
from hubpress.evaluate.measure import validate
from hubpress.inference.pipeline import load_pipeline
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.training import TrainingFacts

SEVERAL: dict[str, Any] = {
    "task": "multi-label",
    "data": {"columns": {"labels": "Conference", "separator": ";"}},
}


@pytest.fixture(scope="module")
def sure(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of five labels that exclude one another."""
    return save_overconfident(tiny_base, tmp_path_factory.mktemp("sure"))


@pytest.fixture(scope="module")
def several(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of five labels of which any number may be true."""
    folder = tmp_path_factory.mktemp("several")
    return save_overconfident(tiny_base, folder, problem_type="multi_label_classification")


def expected_calibration_error(scores: np.ndarray, right: np.ndarray) -> float:
    """The sum over 15 bins, as the paper writes it down."""
    error = 0.0
    for number in range(15):
        here = (scores > number / 15) & (scores <= (number + 1) / 15)
        if here.any():
            error += here.mean() * abs(right[here].mean() - scores[here].mean())
    return error


def logits_of(folder: Path, texts: list[str]) -> torch.Tensor:
    model, tokenizer = (kind.from_pretrained(folder) for kind in (AutoModelForSequenceClassification, AutoTokenizer))
    with torch.inference_mode():
        return model.eval()(**tokenizer(texts, padding=True, truncation=True, return_tensors="pt")).logits.float()


def measured(tmp_path: Path, checkpoint: Path, **changes: Any) -> tuple[Evaluation, Path]:
    models = model_of_titles(tmp_path / "models", checkpoint, **changes)
    build = tmp_path / "build"
    return evaluate_model(load_recipe("pets", models_dir=models), build_dir=build, quiet=True), build / "pets"


def test_the_temperature_is_folded_into_the_head(sure: Path, tmp_path: Path) -> None:
    """Scores are softmax(logits / T), the answers stay, the error falls, and both errors are the paper's."""
    evaluation, job = measured(tmp_path, sure, decision={"calibration": "temperature"})
    temperature, found = evaluation.decision.temperature, evaluation.calibration
    assert temperature is not None and found is not None and found.uncalibrated is not None
    test, validation = (load_from_disk(str(job / "data" / name)) for name in ("test", "validation"))
    logits, ours = (logits_of(folder, test["text"][:]) for folder in (sure, job / "repo"))
    assert torch.equal(logits.argmax(-1), ours.argmax(-1))
    assert torch.allclose(ours, logits / temperature, atol=1e-4)
    truth = np.array(test["label"][:])
    for claimed, scale in ((found, temperature), (found.uncalibrated, 1.0)):
        best, answers = (logits / scale).softmax(-1).max(-1)
        expected = expected_calibration_error(best.numpy(), answers.numpy() == truth)
        assert claimed.error == pytest.approx(expected, abs=2e-4)
        assert 0 <= claimed.interval.low < claimed.interval.high <= 1
    assert found.error < found.uncalibrated.error
    assert found.answers == len(test) == round(sum(bin.share for bin in found.bins) * len(test))

    of_validation = logits_of(sure, validation["text"][:]).double()
    true = torch.tensor(validation["label"][:])

    def likelihood(scale: float) -> float:
        return float(torch.nn.functional.cross_entropy(of_validation / scale, true))

    assert likelihood(temperature) < min(likelihood(temperature * by) for by in (0.5, 0.99, 1.01, 2))
    text = "Adaptive joins over streams"
    answer = pipeline("text-classification", model=str(job / "repo"))(text)[0]
    assert answer["score"] == pytest.approx(float((logits_of(sure, [text]) / temperature).softmax(-1).max()), abs=1e-5)
    before, after = load_file(sure / "model.safetensors"), load_file(job / "repo" / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"classifier.weight", "classifier.bias"}


def test_without_a_temperature_the_card_shows_the_error(sure: Path, tmp_path: Path) -> None:
    """Every classifier's card has its calibration error, with an interval, and a diagram; weights stay."""
    models = model_of_titles(tmp_path / "models", sure)
    recipe, build = load_recipe("pets", models_dir=models), tmp_path / "build"
    evaluation = evaluate_model(recipe, build_dir=build, quiet=True)
    card = render_card(recipe, build_dir=build, quiet=True)
    assert evaluation.calibration is not None and evaluation.decision.temperature is None
    assert "- **Scores as probabilities:** expected calibration error" in card
    assert f"{evaluation.calibration.error:.3f}" in card
    told = (build / "pets" / "repo" / "REPORT.md").read_text(encoding="utf-8")
    assert "## Can scores be taken for probabilities?" in told
    assert f"{evaluation.calibration.error:.4f}" in told and "(figures/reliability.png)" in told
    assert (build / "pets" / "repo" / "figures" / "reliability.png").read_bytes()[:4] == b"\x89PNG"
    assert "temperature" not in json.loads((build / "pets" / "repo" / "config.json").read_text())["decision"]


@pytest.mark.slow
def test_thresholds_are_chosen_by_calibrated_scores(several: Path, tmp_path: Path) -> None:
    """A tuned threshold lies among calibrated scores; all label decisions count for the error."""
    decision = {"rule": "threshold", "threshold": "tune", "calibration": "temperature"}
    evaluation, job = measured(tmp_path, several, decision=decision, **SEVERAL)
    temperature, found = evaluation.decision.temperature, evaluation.calibration
    assert temperature is not None and found is not None and found.uncalibrated is not None
    test = load_from_disk(str(job / "data" / "test"))
    truth = np.array([[number in labels for number in range(5)] for labels in test["labels"][:]])
    logits = logits_of(several, test["text"][:])
    for claimed, scale in ((found, temperature), (found.uncalibrated, 1.0)):
        scores = (logits / scale).sigmoid().numpy()
        expected = expected_calibration_error(scores.ravel(), truth.ravel())
        assert claimed.error == pytest.approx(expected, abs=2e-4)
    assert found.answers == 5 * len(test)
    answers = (logits / temperature).sigmoid().numpy() >= evaluation.decision.threshold
    hits = (answers & truth).sum()
    assert evaluation.metrics["f1_micro"] == pytest.approx(2 * hits / (answers.sum() + truth.sum()), abs=1e-6)
    classify = pipeline(model=str(job / "repo"), trust_remote_code=True)
    listed = [{entry["label"] for entry in answer} for answer in classify(test["text"][:])]
    labels = classify.model.config.id2label
    assert listed == [{labels[number] for number in np.flatnonzero(row)} for row in answers]


@pytest.mark.slow
def test_weights_in_half_precision_stay_so(tiny_base: Path, tmp_path: Path) -> None:
    """A model in bfloat16 that is trained already is published in bfloat16, with the rows of its head divided."""
    checkpoint = save_overconfident(tiny_base, tmp_path / "checkpoint", dtype=torch.bfloat16)
    evaluation, job = measured(tmp_path, checkpoint, decision={"calibration": "temperature"})
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (job / "repo", checkpoint))
    assert {one.dtype for one in ours.values()} == {torch.bfloat16}
    assert evaluation.decision.temperature is not None
    wanted = (theirs["classifier.weight"].double() / evaluation.decision.temperature).to(torch.bfloat16)
    assert torch.equal(ours["classifier.weight"], wanted)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["several", "positive"])
def test_the_training_table_is_measured_again_of_a_calibrated_model(kind: str, tiny_base: Path, tmp_path: Path) -> None:
    """Epochs are compared by scores without a temperature; what verify measures of them is what training did."""
    changes: dict[str, Any] = {
        "several": {**SEVERAL, "decision": {"rule": "threshold", "threshold": "tune-per-label"}},
        "positive": {
            "decision": {"rule": "threshold", "threshold": 0.3, "positive": "VLDB"},
            "data": {"labels": ["other", "VLDB"]},
        },
    }[kind]
    changes["decision"]["calibration"] = "temperature"
    changes["tokenizer"] = {"max_length": 64}
    training = {"num_train_epochs": 2, "learning_rate": 3e-3, "per_device_train_batch_size": 16}
    models = model_of_titles(
        tmp_path / "models", tiny_base, training=training, base_model={"path": str(tiny_base)}, **changes
    )
    file, records = models / "pets" / "recipe.yaml", models / "pets" / "titles.csv"
    recipe = yaml.safe_load(file.read_text(encoding="utf-8"))
    del recipe["trained"]
    file.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    if kind == "positive":
        records.write_text(re.sub(",(?!VLDB)[A-Z]+$", ",other", records.read_text(), flags=re.MULTILINE))
    loaded, job = load_recipe("pets", models_dir=models), tmp_path / "build" / "pets"
    evaluation = evaluate_model(loaded, build_dir=tmp_path / "build", quiet=True)
    pipe = load_pipeline(str(job / "repo"), task=None)
    again = validate(loaded, job / "data", pipe).metrics
    table = TrainingFacts.load(job / "repo" / "training.json").released.metrics
    assert evaluation.decision.temperature != pytest.approx(1, abs=0.01)
    assert again == pytest.approx({name: table[name] for name in again}, abs=1e-4)
