"""Frozen lower parts: run once and kept, they train to the same weights as run in every epoch, and have no dropout."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from helpers.bases import save_base
from hubpress.content import content_dir
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.training import TrainingFacts
from hubpress.train import frozen
from hubpress.train.trainer import train

FREEZE = {
    "BERT": "[embeddings, encoder.layer.0]",
    "RoBERTa": "[embeddings, encoder]",
    "ModernBERT": "[embeddings, layers.0, layers.1, layers.2]",
}
EVERY = "frozen parts run in every epoch: "


class _StopIn(logging.Handler):
    """Interrupts the process as Ctrl-C does when a step is logged."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step

    def emit(self, record: logging.LogRecord) -> None:
        if self._step in record.getMessage():
            raise KeyboardInterrupt


@pytest.fixture
def run(
    data: Callable[[Recipe], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Callable[..., tuple[TrainingFacts, dict[str, torch.Tensor], str]]:
    """Train a model on a tiny base; return what it tells of itself, its weights, and what was logged."""

    def go(name: str, model: str, base: Path, *settings: str) -> tuple[TrainingFacts, dict[str, torch.Tensor], str]:
        words = [
            f"base_model={{path: {base}}}", "tokenizer.max_length=40", "training.num_train_epochs=2",
            "training.learning_rate=0.005", "training.per_device_train_batch_size=32", *settings,
        ]  # fmt: skip
        recipe = load_recipe(model, models_dir=content_dir("models"), sample=True, overrides=words)
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="hubpress"):
            facts = train(recipe, data(recipe), tmp_path / name)
        assert not (tmp_path / name / "encoded" / "frozen").exists()
        return facts, load_file(tmp_path / name / "model" / "model.safetensors"), caplog.text

    return go


def assert_same(one: tuple[TrainingFacts, Any, str], other: tuple[TrainingFacts, Any, str]) -> None:
    """Assert that two runs trained the same: every loss, the weights by name, and how many are trained."""
    for first, second in zip(one[0].epochs, other[0].epochs, strict=True):
        assert first.train_loss == pytest.approx(second.train_loss, abs=1e-5)
        assert first.validation_loss == pytest.approx(second.validation_loss, abs=1e-5)
    assert one[0].trainable_parameters == other[0].trainable_parameters < other[0].parameters == one[0].parameters
    torch.testing.assert_close(one[1], other[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", FREEZE)
def test_what_is_run_once_trains_the_same(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    """With dropout above, averaged weights and batches of similar lengths: the losses and the weights are the same."""
    base, options = save_base(family, tmp_path / "base"), [f"training.freeze={FREEZE[family]}"]
    once = run("once", "conference-titles", base, *options)
    assert EVERY not in once[2]
    monkeypatch.setattr(frozen, "_MOST_BYTES", 0)
    every = run("every", "conference-titles", base, *options)
    assert f"{EVERY}their states would take" in every[2]
    assert_same(once, every)


def test_a_run_that_was_stopped_goes_on(run: Callable[..., Any], tmp_path: Path) -> None:
    """Stopped in the second epoch, the same call goes on from the first's checkpoint to the same weights."""
    base, options = save_base("BERT", tmp_path / "base"), [f"training.freeze={FREEZE['BERT']}"]
    whole = run("whole", "conference-titles", base, *options)
    stop = _StopIn("epoch 1.2 of 2")
    logging.getLogger("hubpress.train.progress").addHandler(stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            run("stopped", "conference-titles", base, *options)
    finally:
        logging.getLogger("hubpress.train.progress").removeHandler(stop)
    assert not (tmp_path / "stopped" / "encoded" / "frozen").exists()
    assert_same(run("stopped", "conference-titles", base, *options), whole)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("asjc-subjects", ["training.oversample=12", "training.gradient_accumulation_steps=2"]),
        ("scierc-entities", ["training.train_sampling_strategy=group_by_length"]),
    ],
)
def test_other_tasks_train_the_same(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, options: list[str]
) -> None:
    """Labels of pieces, repeated records and divided steps fit to states as they do to tokens."""
    base, words = save_base("BERT", tmp_path / "base"), [f"training.freeze={FREEZE['BERT']}", *options]
    once = run("once", model, base, *words)
    assert EVERY not in once[2]
    monkeypatch.setattr(frozen, "_MOST_BYTES", 0)
    assert_same(once, run("every", model, base, *words))


@pytest.mark.parametrize(
    ("freeze", "epochs", "says"),
    [
        ("[encoder.layer.0]", 2, "something is trained below the end of the first layer"),
        ("[embeddings, encoder.layer.0]", 1, "there is one epoch"),
    ],
)
def test_what_changes_or_does_not_pay_is_run_in_every_epoch(
    run: Callable[..., Any], tmp_path: Path, freeze: str, epochs: int, says: str
) -> None:
    """Where something below is trained, or there is one epoch, the whole model trains, and the reason is logged."""
    base = save_base("BERT", tmp_path / "base")
    words = [f"training.freeze={freeze}", f"training.num_train_epochs={epochs}"]
    assert f"{EVERY}{says}" in run("run", "conference-titles", base, *words)[2]


def test_padding_that_counts_is_found_out(run: Callable[..., Any], tmp_path: Path) -> None:
    """A model that reads a text otherwise from its states (here by the token that ends it) is not trained from them."""
    base = save_base("GPT-2", tmp_path / "base")
    words = ["training.freeze=[wte, wpe, h.0]"]
    found = run("run", "conference-titles", base, *words)
    assert f"{EVERY}logits from their states are" in found[2]
    assert len(found[0].epochs) == 2
