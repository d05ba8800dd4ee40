"""Bad recipes, through the command: each ends in one clear message and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from helpers.faults import BAD, assert_one_message, patch
from helpers.processes import Command
from hubpress.recipe.load import load_recipe

RECIPE_FAULTS = sorted((BAD / "recipes").glob("*.yaml"))


@pytest.mark.parametrize("fault", RECIPE_FAULTS, ids=lambda path: path.stem)
def test_a_faulty_recipe_is_refused(fault: Path, pets: Path, refused: Callable[..., None]) -> None:
    """Each fault laid over the good recipe, or given on the command line, ends in its one message."""
    stated = yaml.safe_load(fault.read_text(encoding="utf-8"))
    patch(pets, stated.get("recipe", {}))
    refused(stated.get("code", 2), stated["says"], stated.get("words"))


UNREADABLE = {
    "empty": (b"", "recipe.yaml: is empty; it needs keys such as title:."),
    "only-a-comment": (b"# later\n", "recipe.yaml: is empty; it needs keys such as title:."),
    "not-yaml": (b"title: [Pets\ntask: x\n", "recipe.yaml:2: is not valid YAML"),
    "tab-indentation": (b"data:\n\tsource: x\n", "recipe.yaml:2: is not valid YAML: found character '\\t'"),
    "a-list": (b"- title: Pets\n", "recipe.yaml: is not a mapping; it needs keys such as title:."),
    "a-text": (b"Pets\n", "recipe.yaml: is not a mapping"),
    "key-stands-twice": (
        b"title: Pets\ntask: x\ntitle: Dogs\n",
        "recipe.yaml:3: is not valid YAML: the key 'title' stands",
    ),
    "key-is-a-number": (b"title: Pets\n7: x\n", "recipe.yaml:2: is not valid YAML: the key 7 is not text"),
    "key-is-a-list": (b"[a, b]: x\n", "recipe.yaml:1: is not valid YAML: the key ['a', 'b'] is not text"),
    "an-alias": (b"title: &pets Pets\nrepo_name: *pets\n", "recipe.yaml:2: is not valid YAML: an alias (*pets)"),
    "two-documents": (b"title: Pets\n---\ntitle: Dogs\n", "recipe.yaml:2: is not valid YAML"),
    "python-object": (
        b"title: !!python/object:os.system {}\n",
        "recipe.yaml:1: is not valid YAML: could not determine",
    ),
    "not-utf-8": ("title: Gefl\u00fcgel\n".encode("latin-1"), "recipe.yaml: is not UTF-8 (byte 11). Save it as UTF-8."),
    "zero-byte": (b"title: Pets\0\n", "recipe.yaml: is not valid YAML"),
    "nested-too-deeply": (b"[" * 1000, "recipe.yaml: is not valid YAML: nested too deeply."),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_an_unreadable_recipe_is_refused(fault: str, pets: Path, refused: Callable[..., None]) -> None:
    """A recipe that is no YAML mapping of plain values ends in one message with its line."""
    content, says = UNREADABLE[fault]
    (pets / "recipe.yaml").write_bytes(content)
    refused(2, [says])


def test_a_missing_recipe_is_an_unknown_model(pets: Path, refused: Callable[..., None], hubpress: Command) -> None:
    """A folder without recipe.yaml is no model; a name nearly right is suggested."""
    assert_one_message(
        hubpress("data", "pest", "--models", pets.parent), 2, ["no model named 'pest'", "Did you mean 'pets'?"]
    )
    (pets / "recipe.yaml").unlink()
    refused(2, ["there is no model named 'pets'. Known models: none."])


def test_a_model_of_this_folder_is_pointed_at(pets: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --models the shipped models are asked; one that lies here is no unknown one."""
    monkeypatch.chdir(pets.parents[1])
    hint = "models/pets lies in this folder: give --models models."
    assert_one_message(hubpress("data", "pets"), 2, ["no model named 'pets'", hint])


def test_several_faults_are_told_at_once(pets: Path, hubpress: Command) -> None:
    """Every problem of a recipe has its own line, each with file, line and field."""
    text = (pets / "recipe.yaml").read_text(encoding="utf-8")
    text = text.replace("task: single-label", "task: ranking").replace("learning_rate: 5e-5", "learning_rate: -1")
    (pets / "recipe.yaml").write_text(text, encoding="utf-8")
    ran = hubpress("data", "pets", "--models", pets.parent)
    assert ran.code == 2
    recipe = pets / "recipe.yaml"
    assert ran.err.splitlines() == [
        f"hubpress: {recipe}:24: training.learning_rate: must be more than 0, not -1.0.",
        f"hubpress: {recipe}:4: task: must be 'single-label', 'multi-label', 'regression' or 'token', not 'ranking'.",
    ]


def test_a_recipe_that_is_a_folder_is_refused(pets: Path, refused: Callable[..., None]) -> None:
    """A folder called recipe.yaml cannot be read."""
    (pets / "recipe.yaml").unlink()
    (pets / "recipe.yaml").mkdir()
    refused(2, ["recipe.yaml: cannot be read: Is a directory."])


def test_a_symlink_out_of_the_folder_is_refused(pets: Path, tmp_path: Path, refused: Callable[..., None]) -> None:
    """A link inside the folder that leads out of it lies outside; of a label table, which belongs to the recipe."""
    (pets / "linked.csv").symlink_to(tmp_path)
    patch(pets, {"data": {"labels": None, "label_table": {"file": "linked.csv", "key": "word"}}})
    refused(2, ["data.label_table.file: 'linked.csv' lies outside the model's folder."])


def test_a_faulty_recipe_is_an_error_of_the_library_too(pets: Path) -> None:
    """The library raises; only the command ends the process."""
    from hubpress.errors import RecipeError

    patch(pets, {"task": "ranking", "widget": []})
    with pytest.raises(RecipeError) as caught:
        load_recipe("pets", models_dir=pets.parent)
    assert len(caught.value.problems) == 2
