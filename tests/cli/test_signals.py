"""A command that is told to end says so in one line, with the exit code of shells, and what it started goes with it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.processes import environment
from hubpress.cli.signals import Stopped, ending_on_signals


def _started(tmp_path: Path, name: str) -> subprocess.Popen[str]:
    """Start a command on the rehearsal Hub of a folder, and return it once it works."""
    words = ["hub", "--port", "1", "--build-dir", str(tmp_path)]
    code = (
        "import signal, sys, time, hubpress.rehearsal.server as server\n"
        # As in a terminal: who starts the tests in the background has SIGINT ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from hubpress.cli.main import entry\n"
        "def serve(*_, **__):\n    print('works', flush=True)\n    " + name + "\n"
        "server.serve = serve\n"
        f"sys.argv[1:] = {words!r}\nentry()\n"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stdout and process.stdout.readline() == "works\n"
    return process


SWALLOWED = "exec('while True:\\n try: time.sleep(600)\\n except BaseException: pass')"


@pytest.mark.parametrize(
    ("number", "says"),
    [(signal.SIGTERM, "stopped by SIGTERM"), (signal.SIGINT, "stopped")],
)
def test_ends_with_a_line_and_the_code_of_shells(number: signal.Signals, says: str, tmp_path: Path) -> None:
    with _started(tmp_path, "time.sleep(600)") as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert err == f"hubpress: {says}. The same command goes on from here.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["new", "tea", "--task", "pair"], "Nothing was written; the same command begins anew."),
        (["verify", "some/model"], "Nothing of it is kept; the same command begins anew."),
        (["audit", "some/model"], "Nothing of it is kept; the same command begins anew."),
        (["release", "tea"], "The same command goes on from here."),
        ([], "The same command goes on from here."),
    ],
)
def test_it_says_how_the_command_goes_on(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What keeps its work goes on; what writes nothing before its end, or keeps nothing, begins anew."""
    stop = Stopped(signal.SIGTERM, words)
    stop.tell()
    stop.tell()
    assert capsys.readouterr().err == f"hubpress: stopped by SIGTERM. {says}\n"


def test_ends_although_a_library_swallows_it(tmp_path: Path) -> None:
    with _started(tmp_path, SWALLOWED) as process:
        time.sleep(0.5)  # until it swallows what comes
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert err == "hubpress: stopped by SIGTERM. The same command goes on from here.\n"


def test_what_was_ignored_stays_so_and_all_is_put_back() -> None:
    """As under nohup; and whoever calls the command from Python has their own handlers again."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        with ending_on_signals([]):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != terminate
        assert signal.getsignal(signal.SIGTERM) == terminate
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not issubclass(Stopped, Exception)
