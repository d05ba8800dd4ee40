"""The person's own files, as a recipe names them: which are found, and what is said of those that cannot go."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.faults import patch
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe


def own_files(pets: Path, files: object) -> dict[str, str]:
    """Return the names in the repository with the files of the model's folder behind them."""
    patch(pets, {"files": files})
    found = load_recipe(pets.name, models_dir=pets.parent).own_files
    return {name: path.relative_to(pets).as_posix() for name, path in found.items()}


@pytest.fixture
def filled(pets: Path) -> Path:
    """The good model's folder with some files beside the recipe."""
    for name in ("NOTICE", "notes/a.md", "notes/b.md", "notes/.hidden", "notes/deep/c.md", "config.json"):
        (pets / name).parent.mkdir(parents=True, exist_ok=True)
        (pets / name).write_text("Some words.\n", encoding="utf-8")
    (pets / "empty.md").touch()
    return pets


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["NOTICE", "./notes/a.md"], {"NOTICE": "NOTICE", "notes/a.md": "./notes/a.md"}),
        (["notes/*"], {"notes/a.md": "notes/a.md", "notes/b.md": "notes/b.md"}),
        (["notes/**/*.md", "notes/b.md"], {f"notes/{name}": f"notes/{name}" for name in ("a.md", "b.md", "deep/c.md")}),
        ({"docs/settings.json": "config.json"}, {"docs/settings.json": "config.json"}),
        (["records.csv"], {"records.csv": "records.csv"}),
    ],
    ids=["by-name", "glob", "deep-glob", "renamed", "records-by-name"],
)
def test_files_are_found(files: object, found: dict[str, str], filled: Path) -> None:
    """By name and by glob, which leaves hidden files out; named twice they go once."""
    assert own_files(filled, files) == {name: path.removeprefix("./") for name, path in found.items()}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["NOTISE"], "files.0: there is no file 'NOTISE' in the model's folder. Did you mean 'NOTICE'?"),
        (["*.cff"], "no file of the model's folder fits '*.cff'."),
        (["notes"], "'notes' is a folder; name its files, such as 'notes/*'."),
        (["../NOTICE"], "'../NOTICE' lies outside the model's folder."),
        (["/etc/hostname"], "lies outside the model's folder."),
        (["config.json"], "'config.json' is a name that hubpress writes itself."),
        ({"Model.safetensors": "NOTICE"}, "'Model.safetensors' is a name that hubpress writes itself."),
        ({"onnx/extra.md": "NOTICE"}, "is a name that hubpress writes itself."),
        ({"../x": "NOTICE"}, "files.../x: '../x' is no name in a repository."),
        ({"notes": "notes/*"}, "names several files"),
        (["NOTICE", "empty.md"], "files.1: 'empty.md' is empty."),
        (["*.csv"], "also fits records.csv, which make the model"),
        ({"NOTICE": "NOTICE", "notice": "notes/a.md"}, "stands for two files"),
    ],
)
def test_what_cannot_go_is_refused(files: object, says: str, filled: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        own_files(filled, files)
    assert len(caught.value.problems) == 1 and says in str(caught.value)


def test_a_link_counts_as_its_file_and_must_not_lead_outside(filled: Path, tmp_path: Path) -> None:
    (filled / "COPYING").symlink_to(filled / "NOTICE")
    assert own_files(filled, ["COPYING"]) == {"COPYING": "COPYING"}
    (tmp_path / "elsewhere.md").write_text("Not yours.\n", encoding="utf-8")
    (filled / "notes" / "far.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(RecipeError, match=r"'notes/far\.md' is a link that leads outside the model's folder"):
        own_files(filled, ["notes/*.md"])
