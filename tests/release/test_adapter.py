"""A model with a LoRA adapter is released whole and verified, and as an adapter that names its base at a commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from helpers.checkpoints import model_of
from helpers.faults import GOOD
from helpers.processes import Command, run_module
from hubpress.audit.repository import audit_repository
from hubpress.card.notebook import snippets_of
from hubpress.check.folder import check_folder
from hubpress.files import read_json, write_json
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.training import TrainedFacts

BASE = "rehearsal/tiny-bert"
ADAPTER = "rehearsal/pets-adapter"
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
    assert "`lora.target_modules` key, query, value" in card


@pytest.fixture(scope="module")
def published(tiny_base: Path, url: str, store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The staged folder of a release that is an adapter, and the commit of its base, which is not the newest."""
    folder, hub = tmp_path_factory.mktemp("published"), Hub(url, store.write_token)
    base = folder / "models" / "pets" / "base"
    shutil.copytree(GOOD, folder / "models" / "pets")
    shutil.copytree(tiny_base, base)
    commit = hub.push(base, Manifest.of_folder(base), RepoId(BASE), message="a base").sha
    words: list[str | Path] = [
        "--models",
        folder / "models",
        "--build-dir",
        folder / "build",
        *OPTIONS,
        "--set",
        "release=adapter",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", url)
        ran = run_module(["release", "pets", *words, "--set", f"base_model={{id: {BASE}}}"])
    assert ran.returncode == 0, ran.stderr
    spoilt = load_file(base / "model.safetensors")
    save_file({name: -tensor for name, tensor in spoilt.items()}, base / "model.safetensors", metadata={"format": "pt"})
    hub.push(base, Manifest.of_folder(base), RepoId(BASE), message="another base", foreign=Foreign.ADOPT)
    return folder / "build" / "pets" / "repo", commit


@pytest.mark.slow
def test_an_adapter_is_released_and_verified(published: tuple[Path, str], tmp_path: Path) -> None:
    """It is published with its base's commit, and every figure was measured again through both; an audit agrees."""
    repo, commit = published
    settings = read_json(repo / "adapter_config.json")
    assert (settings["base_model_name_or_path"], settings["revision"]) == (BASE, commit)
    assert not (repo / "model.safetensors").exists()
    card = (repo / "README.md").read_text(encoding="utf-8")
    for line in ("library_name: peft", f"base_model: {BASE}", "base_model_relation: adapter"):
        assert f"\n{line}\n" in card
    assert f'"{BASE}",\n    revision="{commit}",' in next(snippets_of(card)).code
    assert [one.rule for one in audit_repository(repo).findings] == ["licences/licence-of-base"]

    moving = shutil.copytree(repo, tmp_path / "repo")
    write_json(moving / "adapter_config.json", {**settings, "revision": "main"})
    said = [problem.text for problem in check_folder(moving)]
    assert any(text.startswith("`revision` is no commit, so that the base under the adapter") for text in said)


@pytest.mark.slow
def test_a_published_adapter_is_a_trained_model(
    published: tuple[Path, str], store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the Hub it is taken with the base at the commit that it names, and answers by its own labels."""
    repo, commit = published
    Hub(url, store.write_token).push(repo, Manifest.of_folder(repo), RepoId(ADAPTER), message="an adapter")
    monkeypatch.setenv("HF_ENDPOINT", url)
    models = model_of(tmp_path / "models", "PLACE", onnx={"export": False})
    recipe = models / "pets" / "recipe.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("path: PLACE", f"id: {ADAPTER}"), encoding="utf-8")
    ran = run_module(["evaluate", "pets", "--models", models, "--build-dir", tmp_path / "build", "--quiet"])
    assert ran.returncode == 0, ran.stderr
    again = tmp_path / "build" / "pets" / "repo"
    base = TrainedFacts.load(again / "training.json").base_model
    assert (base.id, base.revision, base.commit) == (BASE, commit, commit)
    one, other = (Evaluation.load(folder / "evaluation.json").widget[0] for folder in (repo, again))
    assert one.answer == other.answer
    assert one.output[0].score == pytest.approx(other.output[0].score, abs=1e-5)
