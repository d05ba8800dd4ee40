"""What is seen of a stage while it runs, on a terminal and in a log."""

from __future__ import annotations

import io
import logging
import re
import threading
from pathlib import Path

import pytest

from helpers.processes import run_on_terminal
from hubpress.release import progress
from hubpress.release.progress import progress_of

FRAME = re.compile(r"(?:^|[\r\n])(?:\x1b\[\S+?[A-Za-z])*[^\w\s\x1b] (\w+): (.+?), (\d+) s")
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Log(io.StringIO):
    """A stderr that is no terminal; *enough* is set once it holds some words twice."""

    def __init__(self, words: str = "still running") -> None:
        super().__init__()
        self.enough = threading.Event()
        self._words = words

    def write(self, text: str) -> int:
        """Keep the text, and look whether it is enough."""
        written = super().write(text)
        if self.getvalue().count(self._words) >= 2:
            self.enough.set()
        return written


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage begins, says again and again that it runs and what it is doing, and is silent once it has ended."""
    monkeypatch.setattr(progress, "SIGN_OF_LIFE_SECONDS", 0.001)
    log = Log()
    monkeypatch.setattr("sys.stderr", log)
    with progress_of("assemble", quiet=False):
        assert log.enough.wait(60)
    ended = log.getvalue()
    first, *others = ended.splitlines()
    assert first == "assemble: running"
    line = r"assemble: still running, \d+ s \(putting weights, config, tokenizer and ONNX files together\)"
    assert len(others) >= 2
    assert all(re.fullmatch(line, other) for other in others)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress of assemble"]


def test_a_stage_says_what_it_is_doing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What hubpress logs while a stage is shown stands in its line and in no log, and the logger is as it was."""
    monkeypatch.setattr(progress, "SIGN_OF_LIFE_SECONDS", 0.001)
    log = Log("(step 3 of 80)\n")
    logger = logging.getLogger("hubpress")
    before = (logger.level, logger.propagate, list(logger.handlers))
    monkeypatch.setattr("sys.stderr", log)
    with caplog.at_level(logging.INFO), progress_of("train", quiet=False):
        logging.getLogger("hubpress.train.progress").info("step %d of %d", 3, 80)
        assert log.enough.wait(60)
    assert re.search(r"train: still running, \d+ s \(step 3 of 80\)", log.getvalue())
    assert not caplog.records
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_a_stage_that_fails_ends_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error goes on to the caller, and nothing is printed after it."""
    log = Log()
    monkeypatch.setattr("sys.stderr", log)
    monkeypatch.setattr(progress, "SIGN_OF_LIFE_SECONDS", 0.001)
    with pytest.raises(ValueError, match="broken"), progress_of("check", quiet=False):
        log.enough.wait(60)
        raise ValueError("broken")
    assert not [thread for thread in threading.enumerate() if thread.name == "progress of check"]


def test_quiet_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, and nobody listens."""
    with progress_of("train", quiet=True):
        logging.getLogger("hubpress.train.progress").info("step 3 of 80")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_on_a_terminal_one_line_changes(quick: list[str], tmp_path: Path) -> None:
    """While real stages run, each has one line that is drawn anew; epochs stand above it, and results remain."""
    code, printed = run_on_terminal(["train", "conference-titles", "--build-dir", tmp_path / "build", *quick])
    assert code == 0, printed
    for stage in ("data", "report", "train"):
        result = printed.index(f"\x1b[2K{stage}: ")
        assert stage not in {name for name, _, _ in FRAME.findall(printed[result:])}
    # Four frames a second, and Trainer alone takes longer to be imported.
    assert len([name for name, _, _ in FRAME.findall(printed) if name == "train"]) >= 2
    assert printed.count(HIDE_CURSOR) == printed.count(SHOW_CURSOR) == 3
    assert re.findall(r"  epoch (\d)/2: training loss", printed) == ["1", "2"]
    assert "running\r\n" not in printed
    assert "it/s" not in printed  # no second bar beside the line


@pytest.mark.slow
def test_on_a_terminal_quiet_prints_the_table_alone(quick: list[str], tmp_path: Path) -> None:
    """No line is drawn; the cursor stays."""
    words: list[str | Path] = ["data", "conference-titles", "--build-dir", tmp_path / "build", "--sample", "--quiet"]
    code, printed = run_on_terminal(words)
    assert code == 0, printed
    assert HIDE_CURSOR not in printed
    assert not FRAME.search(printed)
    assert "126 train, 42 validation, 42 test; 5 labels" in printed
