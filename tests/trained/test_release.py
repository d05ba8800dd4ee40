"""A model that was trained elsewhere is released and verified, and its card says what is known of its training."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.checkpoints import model_of
from helpers.processes import Command


@pytest.mark.slow
def test_a_trained_model_is_released_and_verified(by_trainer: Path, tmp_path: Path, hubpress: Command) -> None:
    """Two commands: release it, with its Space, and verify it by what it carries and the records."""
    models = model_of(tmp_path / "models", by_trainer)
    build = tmp_path / "build"
    ran = hubpress("release", "pets", "--models", models, "--build-dir", build, "--quiet")
    assert ran.code == 0, ran.err
    card = (build / "pets" / "repo" / "README.md").read_text(encoding="utf-8")
    report = (build / "pets" / "repo" / "REPORT.md").read_text(encoding="utf-8")
    assert "| learning_rate | 0.001 | training_args.bin |" in report
    assert "- which base it was made from" in report
    assert "whether the model saw any of them" in card
    assert str(by_trainer) not in card + report
    files = {path.name for path in (build / "pets" / "repo").iterdir()}
    assert not files & {"training_args.bin", "trainer_state.json", "optimizer.pt", "checkpoint-2"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = ["--models", elsewhere, "--build-dir", build, "--data", models / "pets" / "records.csv", "--quiet"]
    ran = hubpress("verify", "rehearsal/pets", *options)
    assert ran.code == 0, ran.err
