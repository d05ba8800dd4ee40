"""A model with a LoRA adapter is released whole and verified, and as an adapter that names its base at a commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.faults import GOOD
from helpers.processes import run_module
from hubpress.files import read_json
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store

BASE = "rehearsal/tiny-bert"
LORA = "training.lora={r: 4, target_modules: [query, value, key]}"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with the good model "pets"."""
    shutil.copytree(GOOD, tmp_path / "models" / "pets")
    return tmp_path / "models"


@pytest.mark.slow
def test_an_adapter_is_released_and_verified(
    models: Path, tiny_base: Path, store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is published with its base's commit, and every figure is measured again through both, without the recipe."""
    pushed = Hub(url, store.write_token).push(tiny_base, Manifest.of_folder(tiny_base), RepoId(BASE), message="a base")
    monkeypatch.setenv("HF_ENDPOINT", url)
    build = tmp_path / "build"
    options = ["--models", models, "--build-dir", build, "--quiet", "--set", f"base_model={{id: {BASE}}}"]
    options += ["--set", LORA, "--set", "release=adapter", "--set", "evaluation.bootstrap_samples=100"]
    ran = run_module(["release", "pets", *options])
    print(ran.stdout, ran.stderr)
    print((build / "pets" / "repo" / "README.md").read_text())
    assert ran.returncode == 0, ran.stderr
    settings = read_json(build / "pets" / "repo" / "adapter_config.json")
    assert (settings["base_model_name_or_path"], settings["revision"]) == (BASE, pushed.sha)
