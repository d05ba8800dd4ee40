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


def test_what_is_not_installed_is_told_before_records_are_read(
    hubpress: Command, quick: list[str], tmp_path: Path
) -> None:
    """Dashboards, and optimizers that another package brings: the base model is not to blame."""
    missing = next(name for name in ("wandb", "swanlab", "clearml") if importlib.util.find_spec(name) is None)
    words = ["train", TITLES, "--build-dir", tmp_path, *quick, "--set"]
    faults = [
        (f"report_to={missing}", f"report_to: '{missing}': "),
        ("report_to=trackoi", "report_to: 'trackoi': trackoi is not supported"),
        (f"report_to=[{missing},trackoi]", "report_to: 'trackoi': trackoi is not supported"),
    ]
    if importlib.util.find_spec("lomo_optim") is None:
        faults.append(("optim=lomo", "optim: 'lomo': You need to install `lomo_optim`"))
    for given, says in faults:
        ran = hubpress(*words, f"training.{given}")
        assert (ran.code, ran.err.count("\n")) == (1, 1), ran.err
        assert ran.err.startswith(f"hubpress: training.{says}")
    assert not (tmp_path / TITLES / "data").exists()


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
