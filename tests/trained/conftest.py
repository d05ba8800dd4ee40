"""What the tests of trained models share: Trainer's output folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.checkpoints import save_with_trainer


@pytest.fixture(scope="session")
def by_trainer(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a Trainer: the model at its top, two checkpoints with optimizer files in it."""
    return save_with_trainer(tiny_base, tmp_path_factory.mktemp("trainer") / "out")
