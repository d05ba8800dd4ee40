"""What a version changes against the published one: told by `diff`, and asked by a release."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import hubpress
from helpers.paths import TITLES
from helpers.processes import Command

pytestmark = pytest.mark.slow
NAME = "conference-titles"


# A word that tells each conference, so that the tiny base learns them.
TOLD = {"VLDB": "data", "ISCAS": "circuit", "SIGGRAPH": "image", "INFOCOM": "network", "WWW": "web"}


@pytest.fixture(scope="module")
def easy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Titles that say which conference they are of."""
    path = tmp_path_factory.mktemp("easy") / "titles.csv"
    with TITLES.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["Title", "Conference"])
        for number, row in enumerate(csv.DictReader(source)):
            conference, word = list(TOLD.items())[number % len(TOLD)]
            rows.writerow([f"{f'{word} ' * 6}{row['Title']}", conference])
    return path


@pytest.fixture(scope="module")
def build(quick: list[str], easy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with v1.0.0 of a model on its rehearsal Hub."""
    folder = tmp_path_factory.mktemp("versions") / "build"
    overrides = [word for word in quick if "=" in word]
    recipe = hubpress.load_recipe(NAME, sample=True, data=str(easy), overrides=[*overrides, "version=1.0.0"])
    with hubpress.Target.rehearsal(folder) as target:
        hubpress.push_model(recipe, target, build_dir=folder, quiet=True)
    return folder


def test_a_worse_version_is_told_and_stopped(build: Path, easy: Path, quick: list[str], hubpress: Command) -> None:
    """By figures, settings and files; nothing of it comes to the Hub."""
    words = [NAME, *quick, "--data", easy, "--set", "version=1.1.0", "--build-dir", build, "--quiet"]
    same = hubpress("diff", *[word if word != "version=1.1.0" else "version=1.0.0" for word in words])
    assert (same.code, "holds these very files" in same.out) == (0, True), same.err
    # A model that has learnt next to nothing.
    words += ["--set", "training.learning_rate=1e-9"]
    told = hubpress("diff", *words, "--json")
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert (found["tag"], found["version"], found["same_test_records"]) == ("v1.0.0", "1.1.0", True)
    main = found["figures"][0]
    assert main["is_main"] and main["after"] < main["before"] and main["test"]["p_value"] < 0.05
    assert {"key": "training.learning_rate", "before": 0.01, "after": 1e-9} in found["settings"]
    assert "model.safetensors" in found["files"]["changed"]
    table = hubpress("diff", *words)
    assert "worse" in table.out and "training.learning_rate" in table.out
    stopped = hubpress("release", *words)
    assert stopped.code == 1
    assert "fell beyond noise since v1.0.0: " in stopped.err and "--accept-worse" in stopped.err
    unpublished = hubpress("diff", *words, "--owner", "nobody")
    assert unpublished.code == 1
