"""The card stage: what it writes into a staged folder, what it lists, what it takes away."""

from __future__ import annotations

import shutil
from pathlib import Path

from helpers.card import CARDS
from hubpress.card.write import write_card
from hubpress.manifest import Manifest
from hubpress.recipe.load import load_recipe

SAMPLE = CARDS / "conference-titles"


def test_the_card_stage_lists_every_file_and_takes_stale_ones_away(tmp_path: Path) -> None:
    """A chart that an earlier card had goes; the published list lacks only itself, the one beside has that."""
    repo, beside = tmp_path / "repo", tmp_path / "manifest.json"
    shutil.copytree(SAMPLE, repo)
    (repo / "figures").mkdir()
    (repo / "figures" / "curve.png").write_bytes(b"an earlier one")
    Manifest.of_folder(repo).save(beside)
    recipe = load_recipe("conference-titles", sample=True)

    written = write_card(recipe, "acme/conference-titles", repo, ["config.json", "training.json"], beside)

    for name in ("README.md", "REPORT.md"):
        assert (repo / name).read_bytes() == (SAMPLE / name).read_bytes()
    charts = [f"figures/{name}.{form}" for name in ("training", "confusion") for form in ("png", "svg")]
    assert written.names == ("README.md", "REPORT.md", "notebook.ipynb", "recipe.yaml", "manifest.json", *charts)
    assert written.charts == 2 and written.lines == len((SAMPLE / "README.md").read_text("utf-8").splitlines())
    there, published = Manifest.load(beside), Manifest.load(repo / "manifest.json")
    assert there == Manifest.of_folder(repo)
    assert [*published.by_path()] == [name for name in there.by_path() if name != "manifest.json"]
    assert set(there.by_path()) == {*written.names, "config.json", "training.json", "evaluation.json"}


def test_files_of_the_persons_own_are_copied_listed_and_taken_away_again(own_models: Path, tmp_path: Path) -> None:
    """They lie in the staged folder, readable by everybody, and in both lists; without `files` they go."""
    repo, beside, folder = tmp_path / "repo", tmp_path / "manifest.json", own_models / "conference-titles"
    shutil.copytree(SAMPLE, repo)
    (folder / "legal").mkdir()
    (folder / "legal" / "terms.txt").write_text("Be kind.\n", encoding="utf-8")
    (folder / "legal" / "terms.txt").chmod(0o600)

    def write(*overrides: str) -> dict[str, object]:
        recipe = load_recipe("conference-titles", models_dir=own_models, sample=True, overrides=overrides)
        write_card(recipe, "acme/conference-titles", repo, ["config.json", "training.json"], beside)
        return {**Manifest.load(beside).by_path()}

    there = write("files={licences/TERMS: legal/terms.txt}")
    assert (repo / "licences" / "TERMS").read_text(encoding="utf-8") == "Be kind.\n"
    assert (repo / "licences" / "TERMS").stat().st_mode & 0o777 == 0o644
    assert "licences/TERMS" in there and "licences/TERMS" in Manifest.load(repo / "manifest.json").by_path()
    assert "licences/TERMS" not in write()
    assert not (repo / "licences").exists()
