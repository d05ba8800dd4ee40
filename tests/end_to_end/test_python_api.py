"""The Python API as a notebook uses it: the one in docs/ runs as it stands."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from helpers.notebook import run_notebook
from helpers.paths import ROOT

NOTEBOOK = ROOT / "docs" / "release_from_python.ipynb"


@pytest.mark.slow
def test_notebook_releases_the_sample(tmp_path: Path) -> None:
    """Its ten cells train, measure, publish and prove a model; what it prints is what was measured."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(nbformat.reads(text, as_version=4).cells) == 10
    printed = run_notebook(text, tmp_path)
    assert "n = 42" in printed[1]
    assert "0 problems" in printed[5]
    *_, space_proof, promoted = printed[6].splitlines()
    assert space_proof.startswith("verify space: 11 proofs hold")
    assert promoted.startswith("promote: rehearsal/conference-titles@")
    assert printed[7].count("  holds  ") == 23 and "FAILS" not in printed[7]
