"""A test split that is published beside its model: anybody loads it, and measures every figure of it again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Release
from helpers.processes import Command
from hubpress.files import read_json
from hubpress.rehearsal.server import running

NAME = "conference-titles"
LOAD = """
import json
from datasets import load_dataset

records = load_dataset("rehearsal/conference-titles-test-data", split="test")
label = records.features["label"]
print(json.dumps([[row["text"], label.int2str(row["label"])] for row in records]))
"""


def test_a_stranger_measures_by_it(
    released_all: Release, hubpress: Command, tiny: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no records, no recipe and no build at hand; what takes the other splits is named as unproved."""
    build = Path(shutil.copytree(released_all.build, tmp_path / "build"))
    settings = ["--set", "publish_data={license: cc-by-4.0}", "--set", "space.publish=false"]
    options = ["--models", released_all.models, "--build-dir", build, "--quiet", "--json", *tiny, *settings]
    ran = hubpress("release", NAME, *options)
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)[NAME]
    ran_stages = [stage["stage"] for stage in result["stages"] if stage["ran"]]
    assert ran_stages[:2] == ["assemble", "evaluate"]  # without the file that a Space's page would want
    assert result["data"]["repo_id"] == f"rehearsal/{NAME}-test-data"
    evaluation = read_json(build / NAME / "repo" / "evaluation.json")

    with running(build / "hub", port=0) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        loaded = subprocess.run(
            [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, env=dict(os.environ)
        )
        rows = json.loads(loaded.stdout)
        assert len(rows) == evaluation["data"]["count"]
        assert {label for _, label in rows} <= {row["label"] for row in evaluation["per_class"]}

        (tmp_path / "no-models").mkdir()
        far = ["--models", tmp_path / "no-models", "--build-dir", tmp_path / "far", "--quiet", "--json"]
        revision = ["--revision", result["sha"]]  # the Space of the release before stays as it is
        verified = hubpress("verify", f"rehearsal/{NAME}", *far, *revision)
    assert verified.code == 0, verified.err
    proof = json.loads(verified.out)
    rows_of = {row["claim"]: row for row in proof["proof"]}
    assert [claim for claim, row in rows_of.items() if row["holds"] is None] == [
        "recipe",
        "released epoch",
        "other splits",
        "snippets",
    ]
    assert all(rows_of[claim]["holds"] for claim in ("data", "test data", "figures", "model-index", "widget"))
    assert result["data"]["sha"][:7] in rows_of["data"]["how"]
