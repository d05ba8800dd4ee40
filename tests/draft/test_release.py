"""Two commands: a recipe out of a folder and records, and the release that it makes; the same from a Hub."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from draft.conftest import Save, tea_rows, write_csv
from helpers.checkpoints import records, save_with_trainer
from helpers.processes import Command, run_module
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.recipe.load import load_recipe
from hubpress.rehearsal.store import Store

SAID = "license: apache-2.0\nlanguage: en"


@pytest.mark.slow
def test_a_folder_of_trainer_is_released_by_two_commands(
    tiny_base: Path, tmp_path: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that `new` ends with publishes and proves the model with its Space; nothing names the folder."""
    folder = save_with_trainer(tiny_base, tmp_path / "out")
    (folder / "README.md").write_text(f"---\n{SAID}\ndatasets: [acme/pets]\n---\n", encoding="utf-8")
    rows = [{"text": row["text"].replace(",", ""), "animal": row["kind"]} for row in records()]
    write_csv(tmp_path / "pets.csv", rows)
    monkeypatch.chdir(tmp_path)
    ran = hubpress("new", "pets", "--from", "out", "--data", "pets.csv")
    assert ran.code == 0, ran.err
    found, guessed, then = re.split(r"\n\n(?:Guessed|Release).*:\n", ran.out)
    assert "  trained: 2 labels: dog, cat (config.json)" in found
    assert "  data.columns: label: animal" in found
    assert "  data.input_template: 'text' is the only column with texts" in guessed
    assert "path: ../../out" in (tmp_path / "models" / "pets" / "recipe.yaml").read_text(encoding="utf-8")
    command = shlex.split(then)
    assert command[-4:] == ["release", "pets", "--models", "models"]
    ran = hubpress(*command[-4:], "--quiet")
    assert ran.code == 0, ran.err
    assert re.search(r"verify space +[\d.]+ s .* \d+ proofs hold", ran.out)
    card = (tmp_path / "build" / "pets" / "repo" / "README.md").read_text(encoding="utf-8")
    assert "Tells which of 2 labels a text has: dog, cat." in card
    assert "acme/pets" in card
    assert str(tmp_path) not in card


@pytest.mark.slow
def test_model_and_records_of_a_hub_are_those_of_one_commit(
    save: Save, store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the names mean on that day is written down; a licence that only the base has is a guess."""
    api = HfApi(url, store.write_token)
    base, theirs, data = "rehearsal/leaf", "rehearsal/their-tea", "rehearsal/cups"
    for name, folder in (
        (base, save(readme="license: mit")),
        (theirs, save(readme=f"base_model: {base}\nlanguage: en")),
    ):
        Hub(url, store.write_token).push(folder, Manifest.of_folder(folder), RepoId(name), message="a model")
    api.create_repo(data, repo_type="dataset")
    for split, rows in (("train", tea_rows(40)[:28]), ("test", tea_rows(40)[28:])):
        path = write_csv(tmp_path / f"{split}.csv", rows)
        api.upload_file(path_or_fileobj=path, path_in_repo=path.name, repo_id=data, repo_type="dataset")
    monkeypatch.setenv("HF_ENDPOINT", url)
    models = tmp_path / "models"
    command = ["new", "tea", "--from", f"{theirs}@main", "--data", data, "--models", str(models), "--json"]
    done = run_module(command)
    assert done.returncode == 0, done.stderr
    said, recipe = json.loads(done.stdout), load_recipe("tea", models_dir=models)
    assert recipe.trained and recipe.data.dataset
    assert (recipe.trained.id, recipe.trained.revision) == (theirs, api.model_info(theirs).sha)
    assert (recipe.data.dataset.path, recipe.data.dataset.revision) == (data, api.dataset_info(data).sha)
    assert (recipe.data.split.method, recipe.licences) == ("given", ("mit",))
    assert base in said["guessed"]["license"]
    assert said["missing"] == {}
