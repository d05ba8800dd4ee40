"""hubpress as processes of their own: launched on several ranks, killed in the middle, or on a terminal."""

from __future__ import annotations

import multiprocessing
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
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

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

    It is a process of its own, forked from one that has imported what releases need: a dozen of them would spend most
    of their time on that. Fails when the command ends before the line.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_IMPORTED])
    reads, writes = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=([*map(str, words)], writes))
    with patch.dict(os.environ, unmeasured(), clear=True):  # the first one starts the process that is forked
        process.start()
    writes.close()
    hangs = threading.Timer(RELEASE_SECONDS, process.kill)
    hangs.start()
    seen: list[str] = []
    printed = False
    with os.fdopen(os.dup(reads.fileno()), encoding="utf-8") as stderr:
        reads.close()
        for text in stderr:
            seen.append(text.rstrip())
            if text.strip().startswith(line):
                printed = True
                time.sleep(delay)
                process.kill()
                break
    hangs.cancel()
    process.join()
    assert printed, f"never printed {line!r}: {seen}"
    assert process.exitcode in (-signal.SIGKILL, 0)  # what takes less than the delay has ended by itself
    return seen


_IMPORTED = (
    "hubpress.preflight.base",
    "hubpress.evaluate.measure",
    "hubpress.release.release",
    "hubpress.verify.model",
)


def _run(words: list[str], stderr: Connection) -> None:
    """Run hubpress in this process, with its complaints to a pipe."""
    os.dup2(stderr.fileno(), 2)
    stderr.close()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    from hubpress.cli.main import main

    sys.exit(main(words))


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
