"""The recipe that a repository carries: it says the same again, names nothing of a machine, and leads nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hubpress.errors import HubpressError
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.published import load_published, published_text
from hubpress.recipe.recipe import Recipe
from hubpress.yaml12 import parse_recipe, text_of


def published(recipe: Recipe, folder: Path) -> Recipe:
    """Publish a recipe into a folder, and read it there."""
    folder.mkdir(exist_ok=True)
    (folder / "recipe.yaml").write_text(published_text(recipe), encoding="utf-8")
    for name in recipe.own_files:
        (folder / name).write_text("…", encoding="utf-8")
    return load_published(folder, is_sample=recipe.is_sample, uses_sample_records=recipe.uses_sample_records)


@pytest.mark.parametrize("name", sorted(model_folders(None)))
def test_it_says_the_same_again(name: str, tmp_path: Path) -> None:
    """Everything but where the records lay is as it was validated."""
    recipe = load_recipe(name, sample=name.startswith("a"))
    again = published(recipe, tmp_path / "files")
    local = {"folder", "name"}
    one, other = (each.model_dump(mode="json", exclude={*local, "data"}) for each in (recipe, again))
    assert one == other
    one, other = ({**each.data.model_dump(mode="json"), "source": None} for each in (recipe, again))
    assert one == other


def test_nothing_of_a_machine_stands_in_it(pets: Path, tmp_path: Path) -> None:
    """Paths, what opens an address, and the names of a person's files are left out."""
    secret = tmp_path / "very" / "private"
    secret.mkdir(parents=True)
    (secret / "patients-2026.csv.gz").write_text("x", encoding="utf-8")
    recipe = load_recipe(
        "pets",
        models_dir=pets.parent,
        data=str(secret / "patients-2026.csv.gz"),
        overrides=[f"base_model={{path: {secret}}}", f"training.deepspeed={secret}/zero.json"],
    )
    text = published_text(recipe)
    assert str(tmp_path) not in text and "private" not in text and "patients" not in text
    assert "source: records.csv.gz" in text and "deepspeed: zero.json" in text
    url = "https://me:pass@example.org/pets.csv?token=abc"
    text = published_text(load_recipe("pets", models_dir=pets.parent, overrides=[f"data.source={url}"]))
    assert "source: https://example.org/pets.csv\n" in text
    assert "pass" not in text and "abc" not in text


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("data.source", "/etc/passwd", "data.source: '/etc/passwd' is a path of a machine"),
        ("data.source", "../../x", "data.source: '../../x' is a path of a machine"),
        ("files", ["../../etc/passwd"], "lies outside the model's folder"),
        ("base_model", {"path": "~/models"}, "base_model.path: '~/models' is a path of a machine"),
        ("unheard_of", 1, "unheard_of"),
        ("title", "x" * 1_000_001, "has more than 1,000,000 bytes"),
    ],
)
def test_a_strangers_recipe_leads_nowhere(tmp_path: Path, pets: Path, place: str, value: Any, says: str) -> None:
    """What leads out of the repository, and what no recipe says, is refused in one line."""
    values = parse_recipe(published_text(load_recipe("pets", models_dir=pets.parent))).value
    block, _, key = place.rpartition(".")
    (values[block] if block else values)[key] = value
    assert says in refusal(tmp_path, text_of(values))


def test_a_strangers_recipe_is_small_when_read(tmp_path: Path) -> None:
    """An alias may not say a value many times over."""
    assert refusal(tmp_path, "a: &a [x]\nb: *a\n").startswith(
        "the published recipe.yaml:2: is not valid YAML: an alias"
    )


def refusal(folder: Path, text: str) -> str:
    """Return why a recipe that a repository carries is not used."""
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(HubpressError) as caught:
        load_published(folder, is_sample=False, uses_sample_records=False)
    said = str(caught.value)
    assert said.startswith("the published recipe.yaml") and "\n" not in said and str(folder) not in said
    return said


def test_a_repository_without_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(HubpressError, match=r"carries no recipe\.yaml"):
        load_published(tmp_path, is_sample=False, uses_sample_records=False)
