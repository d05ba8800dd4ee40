"""Training: the same figures twice, the same loss however a step is divided, weights and frozen parts that count."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.paths import TITLES
from helpers.processes import Command, run_module
from hubpress.data.stored import load_split
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe

# Without dropout and in small steps the records alone decide the loss, so that runs can be compared closely.
STEADY = [
    *["--set", "base_model.config={hidden_dropout_prob: 0.0, attention_probs_dropout_prob: 0.0}"],
    *["--set", "training.learning_rate=0.001"],
]


def facts(build: Path, model: str = "conference-titles") -> dict[str, Any]:
    """Return what a training wrote about itself."""
    return dict(json.loads((build / model / "train" / "training.json").read_text(encoding="utf-8")))


@pytest.fixture
def train(hubpress: Command, quick: list[str], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Train the tiny model into a folder of its own and return training.json."""

    def run(name: str, *words: str, model: str = "conference-titles") -> dict[str, Any]:
        ran = hubpress("train", model, "--build-dir", tmp_path / name, *quick, *words)
        assert ran.code == 0, ran.err
        return facts(tmp_path / name, model)

    return run


def losses(result: dict[str, Any]) -> list[float]:
    """Return training and validation losses by epoch."""
    return [row[key] for row in result["epochs"] for key in ("train_loss", "validation_loss")]


def test_two_runs_give_the_same_figures(train: Callable[..., dict[str, Any]]) -> None:
    """Seeds are fixed: every loss and metric of a second run equals the first's."""
    assert train("one")["epochs"] == train("two")["epochs"]


@pytest.mark.parametrize("weights", ["null", "balanced", "{VLDB: 3.0, WWW: 0.5}"])
def test_gradient_accumulation_reports_the_loss_of_one_batch(
    train: Callable[..., dict[str, Any]], weights: str
) -> None:
    """Four micro-batches of two give the loss of one batch of eight, with and without class weights."""
    options = [*STEADY, "--set", f"training.class_weight={weights}"]
    whole = train("whole", *options, "--set", "training.per_device_train_batch_size=8")
    parts = train(
        "parts",
        *options,
        "--set",
        "training.per_device_train_batch_size=2",
        "--set",
        "training.gradient_accumulation_steps=4",
    )
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["asjc-subjects", "scierc-entities", "arxiv-interest"])
def test_every_task_reports_the_loss_of_one_batch(train: Callable[..., dict[str, Any]], model: str) -> None:
    """Binary cross-entropy over labels, tags of words and weighted classes: a divided step has the loss of a whole."""
    options = [*STEADY, "--set", "training.num_train_epochs=1", "--set", "training.warmup_steps=0"]
    batches = ["--set", "training.per_device_train_batch_size=16", "--set", "training.gradient_accumulation_steps=1"]
    whole = train("whole", *options, *batches, model=model)
    batches = ["--set", "training.per_device_train_batch_size=4", "--set", "training.gradient_accumulation_steps=4"]
    parts = train("parts", *options, *batches, model=model)
    assert losses(parts) == pytest.approx(losses(whole), rel=2e-3)


def test_labels_start_at_their_share_of_the_records(train: Callable[..., dict[str, Any]]) -> None:
    """Before anything is learned, a multi-label model expects each label as often as train has it, not every second."""
    options = [*STEADY, "--set", "training.num_train_epochs=1", "--set", "training.learning_rate=1e-9"]
    assert train("prior", *options, model="asjc-subjects")["epochs"][0]["validation_loss"] < 0.2


def test_oversampling_trains_longer_and_is_told(train: Callable[..., dict[str, Any]]) -> None:
    """Repeated records of rare labels make the epochs longer; the card's facts say so."""
    options = ["--set", "training.num_train_epochs=1"]
    plain = train("plain", *options, model="asjc-subjects")
    grown = train("grown", *options, "--set", "training.oversample=30", model="asjc-subjects")
    assert grown["epochs"][0]["step"] > 1.5 * plain["epochs"][0]["step"]
    assert grown["stated"]["oversample"] == 30


def test_records_are_shown_by_some_fields_as_well(
    train: Callable[..., dict[str, Any]], data: Callable[[Recipe], Path]
) -> None:
    """A step more for each batch of texts that other fields were taken out of, and as many in every epoch."""
    # Nothing else in the recipe names fields, for which the records would be kept anyway.
    alone = ["--set", "evaluation.inputs={}", "--set", "reference=null"]
    inputs = ["--set", "training.inputs=[[container_title], [title, abstract]]"]
    plain = train("plain", *alone, model="asjc-subjects")
    parts = train("parts", *alone, *inputs, model="asjc-subjects")
    records = [
        json.loads(one) for one in load_split(data(load_recipe("asjc-subjects", sample=True)), "train")["record"]
    ]
    has = [{name for name in ("title", "container_title", "abstract") if one[name].strip()} for one in records]
    more = sum(used < one for one in has for used in ({"container_title"}, {"title", "abstract"}))
    assert 0 < more < 2 * len(records)  # records without the fields are among them, or with nothing else
    size = plain["hyperparameters"]["per_device_train_batch_size"]
    assert [row["step"] for row in plain["epochs"]] == [n * math.ceil(len(records) / size) for n in (1, 2)]
    assert [row["step"] for row in parts["epochs"]] == [n * math.ceil((len(records) + more) / size) for n in (1, 2)]
    assert parts["stated"]["inputs"] == ["container_title", "title + abstract"]


def test_a_fitted_head_is_no_epoch(hubpress: Command, quick: list[str], tmp_path: Path) -> None:
    """What a stage says of the epoch that is released counts those that were trained."""
    words = ["training.method=probe_then_fine_tune", "training.pooling=mean", "training.num_train_epochs=1"]
    options = [option for word in words for option in ("--set", word)]
    ran = hubpress("train", "conference-titles", "--build-dir", tmp_path, *quick, *options)
    assert ran.code == 0, ran.err
    best = facts(tmp_path)["best_epoch"]
    said = "epoch 1 of 1: " if best else "the fitted head, which no epoch behind it was better than: "
    assert f"{said}validation f1_weighted" in ran.err


@pytest.mark.slow
def test_two_launched_processes_report_the_loss_of_one(
    train: Callable[..., dict[str, Any]], quick: list[str], tmp_path: Path
) -> None:
    """Two launched processes give the loss of one with the same number of records a step, here of an adapter; rank 0
    alone writes."""
    accelerate = [str(Path(sys.executable).with_name("accelerate")), "launch", "--multi_gpu", "--num_processes", "2"]
    words = [*accelerate, "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    more = ["--set", "training.lora={r: 4, target_modules: [query, value]}"]
    alone = train("alone", *STEADY, *more, "--set", "training.per_device_train_batch_size=8")
    options = [*quick, *STEADY, *more, "--set", "training.per_device_train_batch_size=4"]
    ran = run_module(["train", "conference-titles", "--build-dir", tmp_path / "both", *options], launcher=words)
    assert ran.returncode == 0, ran.stderr
    both = facts(tmp_path / "both")
    assert both["processes"] == 2
    # The last step of an epoch is filled up with repeated records, so that the losses are near, not equal; a loss
    # counted twice would be off by 100%.
    assert losses(both) == pytest.approx(losses(alone), rel=0.05)
    assert "lora" in both
    assert ran.stdout.count("Stage") == 1


@pytest.mark.slow
def test_two_processes_make_the_model_of_one(
    train: Callable[..., dict[str, Any]], hubpress: Command, quick: list[str], tmp_path: Path
) -> None:
    """``--processes 2`` shares each batch: without dropout the weights are the same, and the stage is done."""
    from safetensors.numpy import load_file

    lines = TITLES.read_text(encoding="utf-8").splitlines()
    (tmp_path / "titles").mkdir()
    for name, start, end in (("train", 1, 65), ("validation", 65, 97), ("test", 97, 129)):  # whole steps of 16
        text = "\n".join([lines[0], *lines[start:end]]) + "\n"
        (tmp_path / "titles" / f"{name}.csv").write_text(text, encoding="utf-8")
    files = "{train: train.csv, validation: validation.csv, test: test.csv}"
    # Adam's steps are as long for what is next to nothing, such as what the order of a sum leaves.
    options = [
        *[*STEADY[:2], "--data", str(tmp_path / "titles"), "--set", f"data.files={files}"],
        *["--set", "data.split={method: given}", "--set", "training.optim=sgd", "--set", "training.learning_rate=0.1"],
    ]
    alone = train("alone", *options, "--set", "training.per_device_train_batch_size=16")
    halves = [*options, "--set", "training.per_device_train_batch_size=8"]
    both = train("both", *halves, "--processes", "2")
    assert (alone["processes"], both["processes"]) == (1, 2)
    assert losses(both) == pytest.approx(losses(alone), rel=1e-4)
    one, two = (
        load_file(tmp_path / name / "conference-titles" / "train" / "model" / "model.safetensors")
        for name in ("alone", "both")
    )
    assert max(abs(one[name] - two[name]).max() for name in one) < 1e-4
    again = hubpress("assemble", "conference-titles", "--build-dir", tmp_path / "both", *quick, *halves)
    assert "train: unchanged" in again.err


def test_frozen_parts_do_not_move(train: Callable[..., dict[str, Any]], tiny_base: Path, tmp_path: Path) -> None:
    """A part named in training.freeze keeps its weights; the rest learns; training.json counts what was trained."""
    from safetensors.numpy import load_file

    result = train("frozen", "--set", "training.freeze=[embeddings]")
    before = load_file(tiny_base / "model.safetensors")
    after = load_file(tmp_path / "frozen" / "conference-titles" / "train" / "model" / "model.safetensors")
    assert (after["bert.embeddings.word_embeddings.weight"] == before["embeddings.word_embeddings.weight"]).all()
    moved = "encoder.layer.0.attention.self.query.weight"
    assert (after[f"bert.{moved}"] != before[moved]).any()
    assert result["trainable_parameters"] < result["parameters"]


def test_best_epoch_is_the_one_released(train: Callable[..., dict[str, Any]]) -> None:
    """The released epoch is the best by the main metric on validation, the first of equals."""
    result = train("best", "--set", "training.num_train_epochs=4")
    scores = [row["metrics"]["f1_weighted"] for row in result["epochs"]]
    assert result["best_epoch"] == result["epochs"][scores.index(max(scores))]["epoch"]


def test_checkpoint_of_other_settings_is_not_gone_on_from(train: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """A changed setting trains from the start, although a folder of the same model holds older work."""
    train("changed")
    shutil.rmtree(tmp_path / "changed" / "conference-titles" / "receipts")
    again = train("changed", "--set", "training.seed=5")
    assert len(again["epochs"]) == 2
    assert again["hyperparameters"]["seed"] == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("training.freeze=[pooling]",), "Its parts: embeddings, encoder, pooler"),
        (("training.freeze=[encoder.layer.7]",), "Its parts there: encoder.layer.0"),
        (("tokenizer.max_length=500",), "500 tokens are more than the base model's 128 positions"),
        (("training.learning_rate=1e30",), "Lower learning_rate"),
        (("training.fp16=true", "training.bf16=true"), "TrainingArguments refuses"),
    ],
)
def test_settings_that_cannot_train_end_in_one_line(
    hubpress: Command, quick: list[str], tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    """What only the base model or TrainingArguments can refuse is refused in one line, and leaves no model."""
    sets = [part for word in words for part in ("--set", word)]
    ran = hubpress("train", "conference-titles", "--build-dir", tmp_path / "b", "--quiet", *quick, *sets)
    assert ran.code == 1
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "b" / "conference-titles" / "train" / "model").exists()
