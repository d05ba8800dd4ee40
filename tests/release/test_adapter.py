"""A model with a LoRA adapter is released whole and verified, and as an adapter that names its base at a commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.faults import GOOD
from helpers.processes import Command, run_module
from hubpress.audit.repository import audit_repository
from hubpress.card.notebook import snippets_of
from hubpress.files import read_json
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store

BASE = "rehearsal/tiny-bert"
OPTIONS = [
    "--quiet",
    *["--set", "training.lora={r: 4, target_modules: [query, value, key]}"],
    *["--set", "training.learning_rate=0.01"],
    *["--set", "evaluation.bootstrap_samples=100"],
    *["--set", "onnx.export=false"],
]


@pytest.fixture
def models(tmp_path: Path, tiny_base: Path) -> Path:
    """A models folder with the good model "pets" on the tiny base."""
    shutil.copytree(GOOD, tmp_path / "models" / "pets")
    shutil.copytree(tiny_base, tmp_path / "models" / "pets" / "base")
    return tmp_path / "models"


@pytest.mark.slow
def test_a_merged_adapter_is_released_and_verified(models: Path, tmp_path: Path, hubpress: Command) -> None:
    """It is a usual model that peft is not needed for; its card says what was trained."""
    ran = hubpress("release", "pets", "--models", models, "--build-dir", tmp_path / "build", *OPTIONS)
    assert ran.code == 0, ran.err
    repo = tmp_path / "build" / "pets" / "repo"
    card = (repo / "README.md").read_text(encoding="utf-8")
    assert not [name for name in ("adapter_model.safetensors", "adapter_config.json") if (repo / name).exists()]
    assert "from peft" not in card
    assert "library_name: transformers" in card
    assert "An adapter was trained (LoRA, by peft), and the head: 1,666 of 82,114 parameters (2.03%)." in card
    assert "| lora.target_modules | key, query, value |" in card


@pytest.mark.slow
def test_an_adapter_is_released_and_verified(
    models: Path, tiny_base: Path, store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is published with its base's commit, and every figure is measured again through both."""
    hub = Hub(url, store.write_token)
    pushed = hub.push(tiny_base, Manifest.of_folder(tiny_base), RepoId(BASE), message="a base")
    monkeypatch.setenv("HF_ENDPOINT", url)
    words = ["--models", models, "--build-dir", tmp_path / "build", *OPTIONS]
    ran = run_module(
        ["release", "pets", *words, "--set", f"base_model={{id: {BASE}}}", "--set", "release=adapter"],
    )
    assert ran.returncode == 0, ran.stderr
    repo = tmp_path / "build" / "pets" / "repo"
    settings = read_json(repo / "adapter_config.json")
    assert (settings["base_model_name_or_path"], settings["revision"]) == (BASE, pushed.sha)
    assert not (repo / "model.safetensors").exists()
    card = (repo / "README.md").read_text(encoding="utf-8")
    for line in ("library_name: peft", f"base_model: {BASE}", "base_model_relation: adapter"):
        assert f"\n{line}\n" in card
    code = next(snippets_of(card)).code
    assert f'"{BASE}",\n    revision="{pushed.sha}",' in code
    said = [f"{one.rule}: {one.text}" for one in audit_repository(repo).findings]
    print(said)
