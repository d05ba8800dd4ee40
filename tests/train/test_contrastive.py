"""A contrastive warm-up: what it does to the encoder, and where it was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.bases import save_base
from helpers.few_records import read_by_head, recipe_of
from hubpress.data.stored import load_split
from hubpress.schemas.training import TrainingFacts
from hubpress.train.trainer import train

WARM = "contrastive: {num_iterations: 2, body_learning_rate: 0.005}, pooling: own"


@pytest.mark.slow
def test_a_warm_up_brings_texts_of_a_class_together(data: Any, tmp_path: Path) -> None:
    """The embeddings that the head reads are nearer within a class than before, against those across classes."""
    gaps, base = {}, save_base("BERT", tmp_path / "base", initializer_range=0.1)
    for more in ("", ", contrastive: {num_iterations: 5, body_learning_rate: 1e-3}"):
        recipe = recipe_of("conference-titles", base, f"method: linear_probe, pooling: mean{more}")
        facts = train(recipe, data(recipe), tmp_path / "run", quiet=True, threads=1)
        records = load_split(data(recipe), "train")
        read, _ = read_by_head(tmp_path / "run" / "model", records["text"], "classifier")
        read /= np.linalg.norm(read, axis=1, keepdims=True)
        same = np.equal.outer(records["label"], records["label"])
        gaps[facts.warm_up is not None] = (read @ read.T)[same].mean() - (read @ read.T)[~same].mean()
    assert gaps[True] > 3 * gaps[False] > 0


@pytest.mark.slow
def test_a_run_that_was_killed_behind_the_warm_up_is_the_same_run(
    bases: Any, data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """The warm-up is kept and not done again; a killed warm-up begins anew, and both are said; the weights are the
    same bytes."""
    recipe = recipe_of("conference-titles", bases("BERT"), f"{WARM}, num_train_epochs: 1, learning_rate: 1e-3")
    whole = train(recipe, data(recipe), tmp_path / "whole", quiet=True, threads=1)

    class Killed(BaseException):
        """What ends the process in the middle of it."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    for place in ("torch.optim.AdamW.step", "transformers.Trainer.train"):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(place, killed)
            train(recipe, data(recipe), tmp_path / "killed", threads=1)
    assert capfd.readouterr().err.count("The warm-up was stopped before its end; it begins anew.") == 1
    assert (tmp_path / "killed" / "warmed" / "prepared.json").is_file()
    with monkeypatch.context() as patched:
        patched.setattr("hubpress.train.few_records.warm_up", killed)
        again = train(recipe, data(recipe), tmp_path / "killed", threads=1)
    assert "The warm-up had ended before; its encoder is taken as it was kept." in capfd.readouterr().err
    first, second = (tmp_path / name / "model" / "model.safetensors" for name in ("whole", "killed"))
    assert first.read_bytes() == second.read_bytes()
    assert again.warm_up == whole.warm_up
    assert TrainingFacts.load(tmp_path / "killed" / "training.json").probe is None
