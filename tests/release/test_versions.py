"""What a version changes against the published one: told by `diff`, and asked by a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hubpress
from helpers.processes import Command

pytestmark = pytest.mark.slow
NAME = "conference-titles"


@pytest.fixture(scope="module")
def build(quick: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with v1.0.0 of a model on its rehearsal Hub."""
    folder = tmp_path_factory.mktemp("versions") / "build"
    overrides = [word for word in quick if "=" in word]
    recipe = hubpress.load_recipe(NAME, sample=True, overrides=[*overrides, "version=1.0.0"])
    with hubpress.Target.rehearsal(folder) as target:
        hubpress.push_model(recipe, target, build_dir=folder, quiet=True)
    return folder


def test_a_worse_version_is_told_and_stopped(build: Path, quick: list[str], hubpress: Command) -> None:
    """By figures, settings and files; nothing of it comes to the Hub."""
    words = [NAME, *quick, "--set", "version=1.1.0", "--build-dir", build, "--quiet"]
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
