"""Verification as it begins: what stands in its way here is told before the Hub is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.processes import Command
from hubpress.release.runner import locked


@pytest.mark.parametrize(
    ("repo", "held"),
    [
        ("some/tea", "verify-some-tea"),
        ("spaces/some/tea", "verify-space-some-tea"),
        ("some/tea", "tea"),
    ],
)
def test_a_folder_that_another_command_holds_is_told_first(
    repo: str, held: str, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the repository's own place, and of the model that was pushed as it; the Hub cannot be reached at all."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    (tmp_path / "tea" / "pushed" / "some" / "tea").mkdir(parents=True)
    with locked(tmp_path / held):
        ran = hubpress("verify", repo, "--build-dir", tmp_path, "--quiet")
    assert ran.code == 1
    assert ran.err.startswith(f"hubpress: {tmp_path / held}: another hubpress command is working here.")
