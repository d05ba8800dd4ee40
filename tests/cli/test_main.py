"""The command line: help at once, and words that do not fit."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from helpers.processes import Command


def test_help_answers_at_once() -> None:
    """--help needs no heavy import: the best of five runs is under half a second."""
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hubpress", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["release"], "no model named"),
        (["release", "conference-titles", "--publish"], "--publish needs --owner"),
        (["release", "confrence-titles"], "Did you mean 'conference-titles'?"),
        (["train", "conference-titles", "--threads", "0"], "'0' is not a whole number of at least 1"),
        (["publish"], "invalid choice"),
        ([], "required"),
    ],
)
def test_wrong_usage_exits_with_2(hubpress: Command, words: list[str], says: str) -> None:
    """Words that do not fit end with exit code 2 and say what would."""
    ran = hubpress(*words)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err
