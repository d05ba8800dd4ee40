"""Records that lie outside of the model's folder are read; nothing that is published says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.faults import patch
from helpers.paths import TITLES
from helpers.processes import Command


@pytest.mark.slow
def test_nothing_published_names_the_place_of_the_records(
    hubpress: Command, own_models: Path, tiny: list[str], tmp_path: Path
) -> None:
    """Model, card, facts, ONNX files and Space are made of records elsewhere, and name neither folder nor file."""
    elsewhere = tmp_path / "secret-place"
    elsewhere.mkdir()
    shutil.copy(TITLES, elsewhere / "hidden-name.csv")
    patch(
        own_models / "conference-titles",
        {"data": {"source": str(elsewhere / "*.csv")}, "sample": {"records": {"data": None}}},
    )
    build = tmp_path / "build"
    ran = hubpress("check", "conference-titles", "--models", own_models, "--build-dir", build, "--quiet", *tiny)
    assert ran.code == 0, ran.err
    published = [path for name in ("repo", "space") for path in (build / "conference-titles" / name).rglob("*")]
    files = [path for path in published if path.is_file()]
    assert {"README.md", "evaluation.json", "config.json", "space.json"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert b"secret-place" not in content and b"hidden-name" not in content, path
        assert str(tmp_path).encode() not in content, path
