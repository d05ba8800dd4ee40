"""A learning rate of the head's own: it moves by that one, and the encoder by the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from helpers.few_records import recipe_of
from hubpress.recipe.recipe import Recipe
from hubpress.train.trainer import train

STILL, FAST = 1e-12, 1e-2
STEPS = "num_train_epochs: 1, per_device_train_batch_size: 16"


def moved(recipe: Recipe, base: Path, data: Path, folder: Path) -> dict[str, float]:
    """Train, and return by how much each of the base's weights is another one than before."""
    train(recipe, data, folder, quiet=True, threads=1)
    before, after = load_file(base / "model.safetensors"), load_file(folder / "model" / "model.safetensors")
    changes = {name: (after[f"bert.{name}"] - value).abs().max().item() for name, value in before.items()}
    return changes | {"head": after["classifier.weight"].std().item()}


@pytest.fixture(scope="module")
def untouched(bases: Callable[[str], Path], data: Any, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How wide the head's weights are where nothing learns."""
    rates = f"learning_rate: {STILL}, head_learning_rate: {STILL}"
    recipe = recipe_of("conference-titles", bases("BERT"), f"{rates}, {STEPS}")
    return moved(recipe, bases("BERT"), data(recipe), tmp_path_factory.mktemp("untouched"))["head"]


@pytest.mark.parametrize("more", ["", ", ema_decay: 0.5, optim: adafactor", ", lora: {}"])
def test_head_and_encoder_learn_at_their_rates(
    more: str, bases: Callable[[str], Path], data: Any, untouched: float, tmp_path: Path
) -> None:
    """Of equal weights at the beginning, those whose rate is next to nothing stay, and the others do not."""
    found = {}
    for name, rates in {
        "head": f"learning_rate: {STILL}, head_learning_rate: {FAST}",
        "encoder": f"learning_rate: {FAST}, head_learning_rate: {STILL}",
    }.items():
        recipe = recipe_of("conference-titles", bases("BERT"), f"{rates}, {STEPS}{more}")
        found[name] = moved(recipe, bases("BERT"), data(recipe), tmp_path / name)
    layer = "encoder.layer.1.attention.self.query.weight"
    assert found["head"]["head"] != pytest.approx(untouched, rel=1e-6)
    assert found["encoder"]["head"] == pytest.approx(untouched, rel=1e-6)
    assert found["head"][layer] < 1e-6 < found["encoder"][layer]


def test_a_head_rate_is_kept_over_a_checkpoint(
    bases: Callable[[str], Path], data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that was killed in its second epoch goes on from the first one, to the same weights."""
    recipe = recipe_of(
        "conference-titles", bases("BERT"), f"learning_rate: 1e-4, head_learning_rate: {FAST}, num_train_epochs: 2"
    )
    whole = train(recipe, data(recipe), tmp_path / "whole", quiet=True, threads=1)
    step, taken = torch.optim.AdamW.step, []

    class Killed(BaseException):
        """What ends the process in the middle of it."""

    def killed(optimizer: Any, *given: Any, **named: Any) -> Any:
        taken.append(1)
        if len(taken) > whole.epochs[0].step + 1:
            raise Killed
        return step(optimizer, *given, **named)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(torch.optim.AdamW, "step", killed)
        train(recipe, data(recipe), tmp_path / "killed", quiet=True, threads=1)
    [kept] = (tmp_path / "killed" / "checkpoints").glob("checkpoint-*")
    assert kept.name == f"checkpoint-{whole.epochs[0].step}"
    again = train(recipe, data(recipe), tmp_path / "killed", quiet=True, threads=1)
    first, second = (tmp_path / name / "model" / "model.safetensors" for name in ("whole", "killed"))
    assert [row.step for row in again.epochs] == [row.step for row in whole.epochs]
    assert first.read_bytes() == second.read_bytes()
