"""Training an adapter: what is trained and what stays, what is left of it, and what cannot be had."""

from __future__ import annotations

import _thread
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from helpers.processes import Command, Ran
from hubpress.inference.adapter import merged

LORA = "training.lora={r: 4, target_modules: [query, dense]}"


@pytest.fixture
def train(hubpress: Command, quick: list[str], tmp_path: Path) -> Callable[..., Ran]:
    """Train the tiny model with an adapter into a folder of its own."""

    def run(name: str, *words: str, model: str = "conference-titles") -> Ran:
        options = [part for word in words for part in ("--set", word)]
        return hubpress("train", model, "--build-dir", tmp_path / name, *quick, "--set", LORA, *options)

    return run


def facts(build: Path, model: str = "conference-titles") -> dict[str, Any]:
    """Return what a training wrote about itself."""
    return dict(json.loads((build / model / "train" / "training.json").read_text(encoding="utf-8")))


def test_an_adapter_is_trained_and_merged(train: Callable[..., Ran], tiny_base: Path, tmp_path: Path) -> None:
    """The base's own weights stay where no matrix is; the merged model answers as the adapter on its base does."""
    ran = train("one")
    assert ran.code == 0, ran.err
    folder = tmp_path / "one" / "conference-titles" / "train"
    whole = AutoModelForSequenceClassification.from_pretrained(folder / "model").eval()
    before, after = load_file(tiny_base / "model.safetensors"), whole.bert.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    layer = "encoder.layer.0"
    dense = [f"{layer}.{part}.dense.weight" for part in ("attention.output", "intermediate", "output")]
    assert moved == {f"{layer}.attention.self.query.weight", *dense, "pooler.dense.weight"}
    base = AutoModelForSequenceClassification.from_pretrained(tiny_base, config=whole.config)
    ids = torch.arange(6).unsqueeze(0)
    with torch.inference_mode():
        answers = merged(base, str(folder / "adapter"))(input_ids=ids).logits
        assert torch.allclose(answers, whole(input_ids=ids).logits, atol=1e-5)
    result = facts(tmp_path / "one")
    assert result["lora"] == {
        **{"r": 4, "lora_alpha": 8.0, "lora_dropout": 0.0, "bias": "none", "use_rslora": False, "use_dora": False},
        **{"target_modules": ["dense", "query"], "modules_to_save": ["classifier"]},
    }
    assert result["parameters"] == sum(part.numel() for part in whole.parameters())
    assert 0 < result["trainable_parameters"] < 0.1 * result["parameters"]
    assert str(tiny_base) not in (folder / "adapter" / "adapter_config.json").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["asjc-subjects", "scierc-entities"])
def test_other_tasks_train_adapters(train: Callable[..., Ran], tmp_path: Path, model: str) -> None:
    """Several labels a text and entities are learned by an adapter, too, here one of DoRA."""
    ran = train("other", "training.lora={use_dora: true}", "training.num_train_epochs=1", model=model)
    assert ran.code == 0, ran.err
    assert facts(tmp_path / "other", model)["lora"]["use_dora"] is True


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal: who starts the tests in the background has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_a_training_that_was_stopped_goes_on(train: Callable[..., Ran], tmp_path: Path) -> None:
    """The checkpoints hold the adapter and its average: what goes on from one ends as what was never stopped."""
    epochs = "training.num_train_epochs=6"
    assert train("calm", epochs).code == 0
    checkpoints = tmp_path / "stopped" / "conference-titles" / "train" / "checkpoints"
    watching = threading.Thread(target=_interrupt_after, args=(checkpoints,))
    watching.start()
    stopped = train("stopped", epochs)
    watching.join()
    assert stopped.code == 130, stopped.err
    ran = train("stopped", epochs)
    assert ran.code == 0, ran.err
    assert "epoch 1/6" not in ran.err
    assert facts(tmp_path / "stopped")["epochs"] == facts(tmp_path / "calm")["epochs"]
    calm, again = (
        load_file(tmp_path / name / "conference-titles" / "train" / "adapter" / "adapter_model.safetensors")
        for name in ("calm", "stopped")
    )
    assert all(torch.equal(calm[name], again[name]) for name in calm)


def _interrupt_after(checkpoints: Path) -> None:
    """Press Ctrl+C once a checkpoint is whole."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if any(checkpoints.glob("*/average.pt")) and any(checkpoints.glob("*/trainer_state.json")):
            _thread.interrupt_main()
            return
        time.sleep(0.01)


def test_modules_that_the_base_lacks_are_refused(train: Callable[..., Ran], tmp_path: Path) -> None:
    """The message names the linear modules that it has, before a step is taken; the head is none of them."""
    ran = train("unknown", "training.lora.target_modules=[query, valeu]")
    assert ran.code == 1
    says = "training.lora.target_modules: the base model has no linear module 'valeu'. Did you mean 'value'? "
    assert f"{says}Its linear modules: dense, key, query and value; or say all-linear." in ran.err
    assert not (tmp_path / "unknown" / "conference-titles" / "train").exists()


def test_without_peft_the_extra_is_named(
    train: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where peft is not installed, nothing is read or trained."""
    monkeypatch.setitem(sys.modules, "peft", None)  # as an import finds it where there is none
    ran = train("without")
    assert ran.code == 1
    says = "training.lora: an adapter needs the package peft, which is not installed. "
    assert f"{says}Install it: pip install 'hubpress[peft]'." in ran.err
    assert not (tmp_path / "without").exists()
    ran = train("without", "data.source=nowhere.csv")
    assert ran.code == 1
    assert "nowhere.csv: " in ran.err and "peft" not in ran.err  # which is mended without installing anything
