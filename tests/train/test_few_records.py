"""A linear probe and a contrastive warm-up: what is released does what scikit-learn and the warmed encoder do."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression, Ridge
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

import hubpress
from helpers.few_records import LONGEST, read_by_head, recipe_of
from hubpress.content import content_dir
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.data.stored import load_split
from hubpress.errors import HubpressError, UsageError
from hubpress.preflight.base import ask_base
from hubpress.release.distributed import train_on_many
from hubpress.release.job import Job
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainingFacts
from hubpress.tasks.registry import task_of
from hubpress.train.probe import Examples, fit_probe
from hubpress.train.trainer import train


def of_sklearn(model: str, answers: Any, strength: float) -> Any:
    """Return scikit-learn's own estimator, fitted to standardised features, as a function from them to its decision."""

    def fitted(features: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        if model == "regression":
            numbers = np.array(answers)
            spread = numbers.std(axis=0)
            ridge = Ridge(alpha=strength).fit(features, numbers / spread)
            return lambda some: ridge.predict(some).reshape(len(some), -1) * spread
        if model == "asjc-subjects":
            labels = 1 + max(max(ids) for ids in answers)
            each = [
                LogisticRegression(C=strength, max_iter=10_000).fit(features, [label in ids for ids in answers])
                for label in range(labels)
            ]
            return lambda some: np.stack([one.decision_function(some) for one in each], axis=1)
        return LogisticRegression(C=strength, max_iter=10_000).fit(features, answers).decision_function

    return fitted


def loss_of(model: str, logits: np.ndarray, answers: Any) -> float:
    """Return the mean loss of logits, by torch alone: over records, for several labels and numbers over those too."""
    given = torch.tensor(logits)
    if model == "asjc-subjects":
        targets = torch.tensor([[label in ids for label in range(logits.shape[1])] for ids in answers])
        return float(functional.binary_cross_entropy_with_logits(given, targets.to(given.dtype)))
    if model == "regression":
        numbers = torch.tensor(answers, dtype=given.dtype)
        spread = numbers.std(dim=0, correction=0)
        return float(functional.mse_loss(given / spread, numbers / spread))
    return float(functional.cross_entropy(given, torch.tensor(answers)))


@pytest.mark.parametrize(("noise", "expected"), [(0.0, 1.0), (1.5, 0.9893)])
def test_the_strongest_of_those_that_nothing_tells_apart_is_chosen(
    noise: float, expected: float, bases: Any, data: Any
) -> None:
    """Where every fold of the best is without an error, its standard error is 0: then the other's own counts."""
    recipe = recipe_of("conference-titles", bases("BERT"), "method: linear_probe")
    splits, labels = SplitFacts.load(data(recipe) / "data.json"), np.repeat(np.arange(5), [40, 15, 15, 15, 15])
    features = np.eye(5)[labels] * 10 + np.random.default_rng(3).normal(size=(100, 5)) * noise
    examples = {name: Examples(features, labels) for name in ("train", "validation")}
    _, facts = fit_probe(
        recipe,
        task_of(recipe, splits),
        {"labels": labels},
        examples,
        labels=splits.labels,
        has_bias=True,
        is_fresh=True,
    )
    best = max(one.score for one in facts.tried)
    [chosen] = [one for one in facts.tried if one.value == facts.value]
    assert best == 1.0 and chosen.score == pytest.approx(expected, abs=1e-4)
    stronger = [one for one in facts.tried if one.value < chosen.value]
    assert all(best - one.score > (one.standard_error or 0.0) for one in stronger)
    assert best - chosen.score <= (chosen.standard_error or 0.0) + 1e-9


@pytest.mark.parametrize(
    ("model", "base", "head", "answers"),
    [
        ("conference-titles", "BERT", "classifier", "label"),
        pytest.param("conference-titles", "DistilBERT", "classifier", "label", marks=pytest.mark.slow),
        pytest.param("asjc-subjects", "RoBERTa", "classifier.out_proj", "labels", marks=pytest.mark.slow),
        ("regression", "ELECTRA", "classifier.out_proj", "targets"),
    ],
)
def test_the_stock_model_decides_as_scikit_learn(
    model: str, base: str, head: str, answers: str, bases: Any, data: Any, tmp_path: Path, caplog: Any, capfd: Any
) -> None:
    """The released model's logits are the estimator's decision on what its last layer reads; each step is counted."""
    recipe = recipe_of(model, bases(base), "method: linear_probe, pooling: own")
    records = load_split(data(recipe), "train")
    with caplog.at_level(logging.INFO, logger="hubpress"):
        facts = train(recipe, data(recipe), tmp_path, threads=1)
    features, logits = read_by_head(tmp_path / "model", records["text"], head)
    assert facts.probe
    parameter, said = facts.probe.parameter, "\n".join(caplog.messages)
    assert parameter == ("alpha" if model == "regression" else "C")
    assert re.search(rf"fitting the head, {parameter} \S+ \(11 of 11", said)
    for count in (rf"embedding train, 8 of {len(records)} texts", r"measuring the probe, 2 of \d+ batches"):
        assert re.search(count, said)
    assert re.search(r"^  linear probe: training loss \S+, validation loss ", capfd.readouterr().err, re.MULTILINE)
    features -= features.mean(axis=0)
    features /= features.std()
    decide = of_sklearn(model, records[answers], facts.probe.value)(features)
    expected = decide(features)
    near = 1e-2 * (1 + np.abs(logits).max())  # of two solvers that stop near the optimum
    assert np.allclose(logits, expected, atol=near)
    best = np.sort(expected, axis=1)
    sure = best[:, -1] - best[:, -2] > 2 * near if expected.shape[1] > 1 else np.ones(len(expected), dtype=bool)
    assert (logits.argmax(1) == expected.argmax(1))[sure].all()
    assert facts.released.train_loss == pytest.approx(loss_of(model, logits, records[answers]), rel=1e-4)


@pytest.mark.parametrize("base", ["BERT", pytest.param("DistilBERT", marks=pytest.mark.slow)])
def test_the_head_reads_the_mean_over_the_tokens(base: str, bases: Any, data: Any, tmp_path: Path) -> None:
    """With ``pooling: mean`` the stock class computes it, padding or not, and the base's weights stay."""
    recipe = recipe_of("conference-titles", bases(base), "method: linear_probe, pooling: mean")
    facts = train(recipe, data(recipe), tmp_path, quiet=True, threads=1)
    assert facts.pooling == "mean"
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokens = AutoTokenizer.from_pretrained(tmp_path / "model")(
        ["Joins", "Rendering of fur and of hair by many lights"], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        *_, before, last = model.base_model(**tokens, output_hidden_states=True).hidden_states
    mask = tokens["attention_mask"].unsqueeze(-1)
    mean = (before * mask).sum(1) / mask.sum(1)
    assert torch.allclose(last[:, 0], functional.layer_norm(mean, mean.shape[-1:]), atol=0.01)
    kept = load_file(bases(base) / "model.safetensors")
    now = model.base_model.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in kept.items() if "pooler" not in name)


def test_training_goes_on_from_the_probe(bases: Any, data: Any, tmp_path: Path) -> None:
    """All weights are trained but the layer that averages; where no epoch is better than the probe, which is measured
    as epoch 0, that is released as it was."""
    both, trained = "method: probe_then_fine_tune, pooling: mean, num_train_epochs: 2, ema_decay: 0.5", {}
    for name, training in {
        "probe": "method: linear_probe, pooling: mean",
        "ruined": f"{both}, learning_rate: 1",
    }.items():
        recipe = recipe_of("conference-titles", bases("BERT"), training)
        facts = train(recipe, data(recipe), tmp_path / name, quiet=True, threads=1)
        assert facts.probe
        assert facts.is_linear_probe == (name == "probe")
        assert [row.epoch for row in facts.epochs] == ([0] if name == "probe" else [0, 1, 2])
        assert facts.best_epoch == 0
        trained[name] = load_file(tmp_path / name / "model" / "model.safetensors"), facts
        assert not (tmp_path / name / "beginning.pt").exists()
    (probe, alone), (ruined, beside) = trained["probe"], trained["ruined"]
    assert beside.epochs[0].metrics == alone.epochs[0].metrics
    assert beside.epochs[2].train_loss > 2 * beside.epochs[0].train_loss  # so that the epochs were not without effect
    assert all(torch.equal(value, ruined[key]) for key, value in probe.items())
    averaging = sum(value.numel() for key, value in probe.items() if "encoder.layer.2." in key)
    assert beside.trainable_parameters == beside.parameters - averaging > 0


def test_a_base_that_cannot_give_the_mean_says_so(bases: Any, data: Any, tmp_path: Path) -> None:
    """Before anything is spent."""
    recipe = recipe_of("conference-titles", bases("MPNet"), "method: linear_probe, pooling: mean")
    with pytest.raises(HubpressError, match=r"MPNetForSequenceClassification cannot be given the mean.*Say own"):
        ask_base(recipe, data(recipe), tmp_path / "asked", threads=1)


@pytest.mark.parametrize(
    ("model", "training", "counts", "says"),
    [
        (
            "conference-titles",
            "method: linear_probe",
            {"VLDB": 0},
            "none of the records for training have the label 'VLDB'",
        ),
        ("conference-titles", "method: linear_probe", {"VLDB": 9999}, "all 9999 records for training have the label"),
        ("conference-titles", "contrastive: {}", {"VLDB": 0}, "none of the records"),
        ("conference-titles", "contrastive: {}, pooling: own", None, "no label has two records for training"),
    ],
)
def test_too_few_records_are_refused(
    model: str, training: str, counts: dict[str, int] | None, says: str, bases: Any, data: Any, tmp_path: Path
) -> None:
    """No head can be fitted to a label without records or with nothing else, and no pair has a single one twice."""
    recipe = recipe_of(model, bases("BERT"), training)
    facts = SplitFacts.load(data(recipe) / "data.json")
    of_train = dict.fromkeys(facts.labels, 1)
    changed = of_train if counts is None else {**facts.label_counts["train"], **counts}
    total = max({**facts.counts, **(counts or {})}.values()) if counts else facts.counts["train"]
    folder = shutil.copytree(data(recipe), tmp_path / "data")
    facts.model_copy(
        update={
            "labels": tuple(dict.fromkeys((*facts.labels, *(counts or {})))),
            "label_counts": {**facts.label_counts, "train": changed},
            "counts": {**facts.counts, "train": total},
        }
    ).save(folder / "data.json")
    with pytest.raises(HubpressError, match=says):
        ask_base(recipe, folder, tmp_path / "asked", threads=1)


def test_several_processes_are_refused(bases: Any, tmp_path: Path) -> None:
    """Before they are joined."""
    for training, says in {
        "method: linear_probe": "a linear probe runs in one process",
        "contrastive: {}": "a contrastive warm-up runs in one process",
        "method: probe_then_fine_tune": "Say training.pooling",
    }.items():
        recipe = recipe_of("conference-titles", bases("BERT"), training)
        with pytest.raises(UsageError, match=says):
            train_on_many(Job.of(recipe, build_dir=tmp_path, quiet=True))


@pytest.mark.slow
def test_a_label_without_records_gets_its_share(bases: Any, tmp_path: Path) -> None:
    """Of several labels, one that train lacks: each text scores it as half a record would have it. A last layer without
    a bias, as GPT-2 has one, cannot, which is said before anything is spent."""
    models = tmp_path / "models"
    shutil.copytree(content_dir("models") / "asjc-subjects", models / "asjc-subjects")
    with (models / "asjc-subjects" / "sample" / "subjects.csv").open("a", encoding="utf-8") as table:
        table.write("9999;Lighthouses;Engineering\n")
    recipe, unbiased = (
        recipe_of("asjc-subjects", bases(name), "method: linear_probe, pooling: own", models=models)
        for name in ("BERT", "GPT-2")
    )
    data = tmp_path / "data"
    prepare(recipe, source_files(recipe), data, cache_dir=tmp_path / "cache")
    train(recipe, data, tmp_path / "run", quiet=True, threads=1)
    texts = load_split(data, "train")["text"]
    ask = pipeline("text-classification", model=str(tmp_path / "run" / "model"), top_k=None)
    scored = ask(list(texts[:20]), truncation=True, max_length=LONGEST)
    found = [{one["label"]: one["score"] for one in scores} for scores in scored]
    assert [scores["Lighthouses"] for scores in found] == pytest.approx([0.5 / len(texts)] * 20, rel=1e-3)
    assert len({round(scores["Aquatic Science"], 6) for scores in found}) > 10
    with pytest.raises(HubpressError, match=r"the label 'Lighthouses' has no records for training.*no bias"):
        ask_base(unbiased, data, tmp_path / "asked", threads=1)


@pytest.mark.slow
@pytest.mark.parametrize("base", ["DeBERTa v2 and v3", "GPT-2", "T5"])
def test_other_architectures_take_a_probe(base: str, bases: Any, data: Any, tmp_path: Path) -> None:
    """A fine head is folded in, whatever the head of the class is made of: pipeline() gives what was measured."""
    recipe = recipe_of("conference-titles", bases(base), "method: linear_probe")
    facts = train(recipe, data(recipe), tmp_path, quiet=True, threads=1)
    records = load_split(data(recipe), "validation")
    ask = pipeline("text-classification", model=str(tmp_path / "model"))
    found = [one["label"] for one in ask(list(records["text"]), truncation=True, max_length=LONGEST)]
    names = [ask.model.config.id2label[number] for number in records["label"]]
    assert np.mean(np.equal(found, names)) == pytest.approx(facts.released.metrics["accuracy"])


@pytest.mark.slow
def test_the_card_says_with_what_training_began(bases: Any, tmp_path: Path) -> None:
    """The fitted layer, the strengths that were compared, and the epochs behind it."""
    training = "method: probe_then_fine_tune, pooling: mean, num_train_epochs: 2"
    recipe = recipe_of("conference-titles", bases("BERT"), training)
    card = hubpress.render_card(recipe, build_dir=tmp_path, quiet=True, threads=1)
    repo = tmp_path / recipe.name / "repo"
    facts, report = TrainingFacts.load(repo / "training.json"), (repo / "REPORT.md").read_text(encoding="utf-8")
    assert facts.probe
    assert "Training began with a last layer that scikit-learn had fitted (LogisticRegression)" in card
    assert "linear probe" not in card
    assert "a fine-tuned network" in card
    assert "`num_train_epochs` 2" in card
    assert f"| {facts.probe.value:g} (trained on) |" in report
    assert "### By epoch" in report
    assert re.search(r"^\| 0( \(released\))? \| 0 \| ", report, re.MULTILINE)
    assert hubpress.check_folder(repo) == []


@pytest.mark.slow
def test_the_card_says_how_the_head_was_fitted(bases: Any, tmp_path: Path) -> None:
    """The regularisation with what it was chosen by, the layer and the warm-up; no epochs, of which there were none.
    Its ONNX files answer as it does."""
    training = "method: linear_probe, pooling: mean, contrastive: {num_iterations: 1}"
    recipe = recipe_of("conference-titles", bases("BERT"), training, "onnx.export=true")
    card = hubpress.render_card(recipe, build_dir=tmp_path, quiet=True, threads=1)
    facts = TrainingFacts.load(tmp_path / recipe.name / "repo" / "training.json")
    assert facts.probe
    assert facts.warm_up
    report = (tmp_path / recipe.name / "repo" / "REPORT.md").read_text(encoding="utf-8")
    assert f"`probe.C` {facts.probe.value:g}" in card
    assert f"{facts.warm_up.pairs} pairs in {facts.warm_up.steps} steps" in card
    assert f"| {facts.probe.value:g} (released) |" in report
    assert "takes the mean over the tokens of a text" in card
    assert "`learning_rate`" not in card
    assert "By epoch" not in report
    assert hubpress.check_folder(tmp_path / recipe.name / "repo") == []
    onnx = Evaluation.load(tmp_path / recipe.name / "repo" / "evaluation.json").onnx
    assert onnx
    weights, exported, *_ = onnx.files
    assert exported.metrics == pytest.approx(weights.metrics)
