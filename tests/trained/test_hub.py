"""A model on the Hub is taken at the commit that its revision means, and the release says which."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from helpers.checkpoints import classifier, model_of
from helpers.processes import run_module
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.schemas.training import TrainedFacts

THEIRS = "rehearsal/their-pets"


@pytest.mark.slow
def test_a_model_on_the_hub_is_that_of_one_commit(
    tiny_base: Path, store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its branch is brought to a commit, which stands in training.json and on the card; others are refused."""
    folder = tmp_path / "checkpoint"
    for part in classifier(tiny_base):
        part.save_pretrained(folder)
    Hub(url, store.write_token).push(folder, Manifest.of_folder(folder), RepoId(THEIRS), message="a model")
    commit = HfApi(url, store.write_token).model_info(THEIRS).sha
    monkeypatch.setenv("HF_ENDPOINT", url)
    models = model_of(tmp_path / "models", folder, onnx={"export": False})
    recipe = models / "pets" / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8").replace(f"path: {folder}", f"id: {THEIRS}\n  revision: main")
    recipe.write_text(text, encoding="utf-8")
    command = ["card", "pets", "--models", str(models), "--build-dir", str(tmp_path / "build"), "--quiet"]
    done = run_module(command)
    assert done.returncode == 0, done.stderr
    repo = tmp_path / "build" / "pets" / "repo"
    facts = TrainedFacts.load(repo / "training.json")
    assert (facts.trained.id, facts.trained.revision, facts.trained.commit) == (THEIRS, commit, commit)
    assert f"[{THEIRS}](https://huggingface.co/{THEIRS}) at commit `{commit}`" in (repo / "README.md").read_text()

    done = run_module([*command, "--set", "trained.revision=nowhere"])
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
