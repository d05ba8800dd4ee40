"""The commands of one stage: ``hubpress check`` of any folder."""

from __future__ import annotations

from pathlib import Path

from helpers.processes import Command


def test_check_lists_every_problem_of_a_folder(hubpress: Command, build: Path) -> None:
    """check takes any folder: all its problems, one a line, then their number; exit code 1, or 0 without any."""
    repo = build / "conference-titles" / "repo"
    good = hubpress("check", repo)
    assert (good.code, good.err) == (0, f"No problems in {repo}.\n")
    (repo / "notes.bin").write_bytes(b"\x80\x04pickle")
    (repo / "tokenizer.json").unlink()
    bad = hubpress("check", repo)
    assert bad.code == 1
    *problems, count = bad.err.splitlines()
    assert count == f"{len(problems)} problems in {repo}."
    assert {line.split(":")[0] for line in problems} >= {"notes.bin", "tokenizer.json"}
