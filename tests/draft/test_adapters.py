"""An adapter whose base is a folder on this machine: found by `new`, or said to it, and released by two commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from draft.conftest import write_csv
from helpers.adapters import save_adapter
from helpers.checkpoints import records
from helpers.processes import Command
from hubpress.draft.draft import Drafted, draft_model
from hubpress.errors import HubpressError
from hubpress.recipe.load import load_recipe
from hubpress.yaml12 import parse_recipe

SAID = ["license=mit", "language=[en]", "data.labels=[dog, cat]"]


@pytest.fixture
def work(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an adapter in `out/adapter`, trained there on the base `out/base`, and records."""
    shutil.copytree(tiny_base, tmp_path / "out" / "base")
    save_adapter(tmp_path / "out" / "base", tmp_path / "out" / "adapter")
    write_csv(tmp_path / "pets.csv", [{"text": row["text"].replace(",", ""), "kind": row["kind"]} for row in records()])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _named(work: Path, base: str) -> None:
    path = work / "out" / "adapter" / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base_model_name_or_path": base}), encoding="utf-8")


def _draft(*words: str) -> Drafted:
    return draft_model(
        "pets", checkpoint="out/adapter", models_dir="models", data="pets.csv", overrides=[*SAID, *words]
    )


def _base(work: Path) -> object:
    return parse_recipe((work / "models" / "pets" / "recipe.yaml").read_text(encoding="utf-8")).value["base_model"]


@pytest.mark.parametrize("name", ["out/base", "./out/base", "../out/base", "base"])
def test_a_base_in_a_folder_is_found(name: str, work: Path) -> None:
    """A relative name counts from here or from above the adapter; it is marked as a guess and no Hub is asked."""
    _named(work, name)
    drafted = _draft()
    assert _base(work) == {"path": "../../out/base"}
    assert "is a folder on this machine" in drafted.guessed["base_model.path"]
    assert load_recipe("pets", models_dir="models").base_id is None


def test_a_base_that_is_said_goes_before_its_name(work: Path) -> None:
    """So it does where the folder of the training is not on this machine; with an id, the card can name it."""
    _named(work, "/home/them/base")
    with pytest.raises(
        HubpressError,
        match=r"'/home/them/base', which is not here: there is no config.json in .* .*--set: base_model\.path=FOLDER",
    ):
        _draft()
    _draft("base_model.path=out/base", "base_model.id=acme/base")
    assert _base(work) == {"path": "../../out/base", "id": "acme/base"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["base_model.path=out/nowhere"], "--set base_model.path=out/nowhere: there is no such folder"),
        (["base_model.folder=out/base"], "--set base_model"),
    ],
)
def test_a_base_that_is_none_is_refused(words: list[str], says: str, work: Path) -> None:
    """Before the adapter is looked into, and nothing is written."""
    with pytest.raises(HubpressError, match=says):
        _draft(*words)
    assert not (work / "models").exists()


def test_a_name_that_may_be_two_folders_is_refused(work: Path) -> None:
    """Both are named, and how to say which is meant."""
    shutil.copytree(work / "out" / "base", work / "base")
    _named(work, "./base")
    with pytest.raises(HubpressError, match=r"which may be '.*/base' or '.*/out/base'.*base_model\.path=FOLDER"):
        _draft()


@pytest.mark.slow
def test_it_is_released_by_two_commands(work: Path, hubpress: Command) -> None:
    """What is published is merged, says that its base has no public name, and names no folder of this machine."""
    _named(work, "out/base")
    words = [word for said in [*SAID, "onnx.export=false"] for word in ("--set", said)]
    ran = hubpress("new", "pets", "--from", "out/adapter", "--data", "pets.csv", *words)
    assert ran.code == 0, ran.err
    ran = hubpress("release", "pets", "--models", "models", "--quiet")
    assert ran.code == 0, ran.err
    card = (work / "build" / "pets" / "repo" / "README.md").read_text(encoding="utf-8")
    assert "a model of no public name" in card
    assert str(work) not in card
