"""A base and a data set on a Hub are read at one commit, whatever the recipe calls it, and that is written down."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from helpers.paths import ROOT
from helpers.processes import run_module
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store

TEMPLATE = ROOT / "models" / "templates" / "single-label"
BASE, RECORDS = "rehearsal/small-base", "rehearsal/desk-messages"


@pytest.mark.slow
def test_branches_are_written_down_as_commits(
    store: Store, url: str, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = HfApi(url, store.write_token)
    Hub(url, store.write_token).push(tiny_base, Manifest.of_folder(tiny_base), RepoId(BASE), message="a base")
    api.create_repo(RECORDS, repo_type="dataset")
    records = TEMPLATE / "sample" / "messages.csv"
    api.upload_file(path_or_fileobj=records, path_in_repo="messages.csv", repo_id=RECORDS, repo_type="dataset")
    base, data = api.model_info(BASE).sha, api.dataset_info(RECORDS).sha
    shutil.copytree(TEMPLATE, tmp_path / "models" / "desk")
    recipe = tmp_path / "models" / "desk" / "recipe.yaml"
    text = re.sub(r"  id: google.*\n  revision: .*", f"  id: {BASE}\n  revision: main", recipe.read_text(), count=1)
    text = text.replace("  source: sample/messages.csv", f"  dataset: {{path: {RECORDS}}}", 1)
    text = text.replace("max_length: 128", "max_length: 64").replace("num_train_epochs: 4", "num_train_epochs: 1")
    recipe.write_text(text)
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.chdir(tmp_path)
    command = ["train", "desk", "--models", "models", "--build-dir", "build", "--set", "onnx.export=false", "--json"]
    done = run_module(command)
    assert done.returncode == 0, done.stderr
    splits = json.loads(Path("build/desk/data/data.json").read_text())
    assert splits["dataset"] == {"path": RECORDS, "name": None, "commit": data}
    training = json.loads(Path("build/desk/train/training.json").read_text())
    facts = training["base_model"]
    assert (facts["id"], facts["revision"], facts["commit"]) == (BASE, "main", base)
    bill = json.loads(Path("build/desk/train/sbom.cdx.json").read_text())
    found = {one["name"]: one.get("version") for one in bill["components"]}
    assert (found[BASE], found[RECORDS]) == (base, data)

    # A folder of the data set's name would be read in its place, and its commit told all the same.
    Path(RECORDS).mkdir(parents=True)
    shutil.copy(records, RECORDS)
    done = run_module([*command[:1], *command[1:4], "--build-dir", "other"])
    assert done.returncode == 1
    assert "there is a folder of this name" in done.stderr
    assert not Path("other/desk/data").exists()
