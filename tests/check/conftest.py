"""A good folder, to be spoilt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.check import GOOD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the good folder that a test may spoil."""
    copy = tmp_path / "repo"
    shutil.copytree(GOOD, copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # whatever the umask of the clone was
    return copy
