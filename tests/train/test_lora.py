"""Training an adapter: what is trained, what is left of it, and what cannot be had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.processes import Command


@pytest.mark.parametrize("model", ["conference-titles", "asjc-subjects", "scierc-entities"])
def test_x(hubpress: Command, quick: list[str], tmp_path: Path, model: str) -> None:
    ran = hubpress("train", model, "--build-dir", tmp_path, *quick, "--set", "training.lora={}")
    assert ran.code == 0, ran.err
    train = tmp_path / model / "train"
    print(ran.out, ran.err)
    f = json.loads((train / "training.json").read_text())
    print(f["lora"], f["parameters"], f["trainable_parameters"], f["stated"])
    print((train / "adapter/adapter_config.json").read_text(), list((train/"adapter").iterdir()))
    print(f["epochs"])
