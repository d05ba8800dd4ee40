"""The same answers by Ray; what is asked of it needs the extra, and is run where that is installed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from helpers.pipeline import texts
from helpers.processes import Command, run_module
from score.conftest import FIELDS, answers_in, bad_rows_in, write

OPTIONS = ("--workers", "2", "--rows-per-part", "600", "--json", "--quiet")
HAS_RAY = importlib.util.find_spec("ray") is not None


@pytest.mark.skipif(HAS_RAY, reason="ray is installed")
def test_without_ray_one_line_says_what_to_install(hubpress: Command, subjects: Path, tmp_path: Path) -> None:
    """Before anything is looked at."""
    ran = hubpress("score", subjects, "--input", "gone.csv", "--output", tmp_path / "out", "--engine", "ray", "--quiet")
    says = "--engine ray: needs the package ray, which is not installed. Install it: pip install 'hubpress[ray]'."
    assert (ran.code, ran.out, ran.err) == (2, "", f"hubpress: {says}\n")


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs ray")
def test_ray_answers_as_this_machine_does(subjects: Path, tmp_path: Path) -> None:
    """Every row once, in the same order, and bad rows beside."""
    titles = [*texts(1300), ""]
    write(tmp_path / "a.jsonl", [{"id": place, **dict.fromkeys(FIELDS, title)} for place, title in enumerate(titles)])
    for engine in ("local", "ray"):
        words: list[str | Path] = ["--input", tmp_path / "a.jsonl", "--output", tmp_path / engine]
        ran = run_module(["score", subjects, *words, *OPTIONS, "--engine", engine])
        said = json.loads(ran.stdout.splitlines()[-1])
        assert (ran.returncode, said["answered"], said["bad"], said["parts"]) == (1, 1300, 1, 3)
    local, ray = (answers_in(tmp_path / engine) for engine in ("local", "ray"))
    assert [(row["id"], row["labels"]) for row in ray] == [(row["id"], row["labels"]) for row in local]
    assert bad_rows_in(tmp_path / "ray") == bad_rows_in(tmp_path / "local")
