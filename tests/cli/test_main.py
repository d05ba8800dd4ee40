"""The command line: help at once, and words that do not fit."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from helpers.processes import SECONDS, Command


def test_help_answers_at_once() -> None:
    """--help needs no heavy import: the best of five runs is under half a second."""
    seconds, words = [], [sys.executable, "-X", "importtime", "-m", "hubpress", "--help"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(words, check=True, capture_output=True, text=True, env=plain, timeout=SECONDS)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert not imported & {"datasets", "gradio", "matplotlib", "numpy", "onnxruntime", "torch", "transformers"}
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["release"], "no model named"),
        (["release", "conference-titles", "--publish"], "--publish needs --owner"),
        (["release", "confrence-titles"], "Did you mean 'conference-titles'?"),
        (["train", "conference-titles", "--threads", "0"], "'0' is not a whole number of at least 1"),
        (["publish"], "no such command 'publish'"),
    ],
)
def test_wrong_usage_exits_with_2(hubpress: Command, words: list[str], says: str) -> None:
    """Words that do not fit end with exit code 2 and say what would."""
    ran = hubpress(*words)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err
