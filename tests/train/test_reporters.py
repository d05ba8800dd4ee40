"""Dashboards that follow a training: under the model's name, on this machine, and not on the card."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from helpers.processes import Command, environment, run_module

TITLES = "conference-titles"


def test_dashboard_that_is_not_installed_is_told_before_training(
    hubpress: Command, quick: list[str], tmp_path: Path
) -> None:
    missing = next(name for name in ("wandb", "swanlab", "clearml") if importlib.util.find_spec(name) is None)
    words = ["train", TITLES, "--build-dir", tmp_path, *quick, "--set"]
    for name, says in ((missing, f"'{missing}': "), ("trackoi", "'trackoi': trackoi is not supported")):
        ran = hubpress(*words, f"training.report_to={name}")
        assert ran.code == 1
        assert ran.err.splitlines()[-1].startswith(f"hubpress: training.report_to: {says}")
    assert not (tmp_path / TITLES / "train").exists()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("trackio") is None, reason="needs trackio")
def test_trackio_follows_a_training_here(hubpress: Command, quick: list[str], tmp_path: Path) -> None:
    """Its project has the model's name; nothing leaves the machine, what it prints is not the result, and the model is
    the same without it."""
    words = ["train", TITLES, "--build-dir", str(tmp_path / "build"), *quick, "--json"]
    # Its folder is settled when it is imported, and Trainer imports it.
    env = {**environment(), "TRACKIO_DIR": str(tmp_path / "trackio")}
    ran = run_module([*words, "--set", "training.report_to=trackio"], env=env)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)[TITLES]["stages"][-1]["ran"] is True
    with closing(sqlite3.connect(tmp_path / "trackio" / f"{TITLES}.db")) as database:
        [[run]] = database.execute("select distinct run_name from metrics").fetchall()
        logged = [json.loads(row) for (row,) in database.execute("select metrics from metrics")]
    assert run.startswith(f"{TITLES}-")
    assert sum("eval/f1_weighted" in row for row in logged) == 2
    text = (tmp_path / "build" / TITLES / "train" / "training.json").read_text(encoding="utf-8")
    assert "trackio" not in text
    assert "report_to" not in text
    assert "train: unchanged" in hubpress(*words).err
