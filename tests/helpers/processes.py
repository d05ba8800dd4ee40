"""hubpress as processes of their own: launched on several ranks, killed in the middle, or on a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

SECONDS, RELEASE_SECONDS = 600.0, 3600.0
"""After which a call or a process hangs, and after which a whole release does: well over ten times what they take."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]
"""The fixture ``hubpress``: words in, what they left out."""


def environment() -> dict[str, str]:
    """Return this process's environment for a child: quiet libraries, threads that do not spin."""
    return {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}


def unmeasured() -> dict[str, str]:
    """Return the same without coverage, which would cost half as much again.

    It is for processes from which nothing comes: they are killed before they can save it, or run an installed copy; and
    for those that only repeat what tests of the parts measure.
    """
    return {name: value for name, value in environment().items() if not name.startswith("COVERAGE_")}


def run_module(
    words: Sequence[str | Path], *, launcher: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m hubpress`` (or a launcher with ``-m hubpress``) to its end; return code and output."""
    command = [*(launcher or (sys.executable,)), "-m", "hubpress", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, env=env or environment(), timeout=RELEASE_SECONDS, check=False
    )


def kill_after(words: Sequence[str | Path], line: str, *, delay: float = 0.0) -> list[str]:
    """Start hubpress, kill -9 it *delay* seconds after it prints a line that starts so; return the lines until then.

    Fails when the command ends before the line.
    """
    command = [sys.executable, "-m", "hubpress", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=unmeasured())
    assert process.stderr is not None
    hangs = threading.Timer(RELEASE_SECONDS, process.kill)
    hangs.start()
    seen: list[str] = []
    printed = False
    for text in process.stderr:
        seen.append(text.rstrip())
        if text.strip().startswith(line):
            printed = True
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            break
    hangs.cancel()
    process.stderr.close()
    process.wait()
    assert printed, f"never printed {line!r}: {seen}"
    return seen


def until(ask: Callable[[], Found | None]) -> Found:
    """Ask again and again until there is an answer, and return it; without one in the end it is a TimeoutError."""
    hangs = time.monotonic() + SECONDS
    while time.monotonic() < hangs:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"no answer for {SECONDS:.0f} seconds")


def run_on_terminal(words: Sequence[str | Path]) -> tuple[int, str]:
    """Run hubpress on a terminal of its own, 200 columns wide; return its code and all that it printed there."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "hubpress", *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**environment(), "TERM": "xterm-256color", "COLUMNS": "200"},
        )
        os.close(theirs)
        hangs = threading.Timer(SECONDS, process.kill)
        hangs.start()
        printed = b""
        with suppress(OSError):  # what Linux answers once nobody holds the other end
            while chunk := screen.read(1 << 16):
                printed += chunk
    code = process.wait()
    hangs.cancel()
    return code, printed.decode()
