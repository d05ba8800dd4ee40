"""The one release of all five models that many tests look at: made once, shared by the workers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from helpers.paths import ROOT
from helpers.processes import run_module
from hubpress.files import read_json, write_json

FIVE = ("arxiv-interest", "asjc-subjects", "conference-titles", "openalex-topics", "scierc-entities")
FAMILY = "All five"
_MARK = "ran.json"  # written last of all and whole: without it the folder is half of a release


@dataclass(frozen=True)
class Release:
    """What ``release --all`` of the five reference models and a broken sixth left."""

    build: Path
    models: Path
    code: int
    err: str
    result: dict[str, Any]


def facts(release: Release, model: str, name: str) -> dict[str, Any]:
    """Return a JSON file of a model's staged folder."""
    return dict(json.loads((release.build / model / "repo" / name).read_text(encoding="utf-8")))


def common(basetemp: Path) -> Path:
    """Return the folder that all workers of a run see, by the one of this worker."""
    return basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp


def shared_release(basetemp: Path, options: list[str]) -> Release:
    """Return the release that the workers share, made by whoever asks first.

    Where it failed, it is not tried again: every test that asks fails with the same words.
    """
    folder = common(basetemp) / "released-all"
    with FileLock(f"{folder}.lock"):
        if not (folder / _MARK).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            write_json(folder / _MARK, _made(folder, options))
    ran = read_json(folder / _MARK)
    if "failed" in ran:
        pytest.fail(f"The release that many tests share {ran['failed']}", pytrace=False)
    return Release(folder / "build", folder / "models", **ran)


def _made(folder: Path, options: list[str]) -> dict[str, Any]:
    """Release all models below a folder; return what the command left, or how it failed."""
    shutil.copytree(ROOT / "models", folder / "models")
    (folder / "models" / "broken").mkdir()
    (folder / "models" / "broken" / "recipe.yaml").write_text("repo_name: broken\n", encoding="utf-8")
    words: list[str | Path] = ["release", "--all", "--models", folder / "models", "--json", *options]
    words += ["--build-dir", folder / "build", "--collection", FAMILY]
    try:
        ran = run_module(words)
    except subprocess.TimeoutExpired as late:
        told = late.stderr.decode(errors="replace") if isinstance(late.stderr, bytes) else late.stderr
        return {"failed": f"did not end within {late.timeout:.0f} seconds:\n{told or ''}"}
    try:
        return {"code": ran.returncode, "err": ran.stderr, "result": json.loads(ran.stdout)}
    except ValueError:
        return {"failed": f"told no result, and ended with exit code {ran.returncode}:\n{ran.stderr}"}
