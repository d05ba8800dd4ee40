"""Processes that end with the one that started them, however that ends: none is left behind working."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

Finish = Callable[[float | None], "subprocess.CompletedProcess[str]"]
"""Waits for a child, so many seconds at most, and returns its exit code with what it printed."""

# Runs a command in its own process group. The pipe to it breaks when whoever started it is gone, killed or not; then
# the whole group goes, with all that the command has started.
_KEEPER = """
import os, signal, subprocess, sys, threading
def end_with_the_starter():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=end_with_the_starter, daemon=True).start()
code = child.wait()
os._exit(code if code >= 0 else 128 - code)
"""
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


def start_child(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, which ends with this process.

    Its exit code is that of the command, or 128 and the signal that ended it. Its standard input is empty. Raises
    OSError where *cwd* is no folder.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _KEEPER, *map(str, command)],
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def end_child(process: subprocess.Popen[bytes]) -> None:
    """End a child with all that it has started, at once; nothing happens where it has ended."""
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that is ending
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def run_child(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and return its exit code with what it printed.

    What it leaves running ends with it. Raises subprocess.TimeoutExpired after *timeout* seconds.
    """
    with child_beside(command, cwd=cwd, env=env) as finish:
        return finish(timeout)


@contextmanager
def child_beside(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Finish]:
    """Run a command beside what the block does; yield what waits for it, which raises subprocess.TimeoutExpired.

    What is still running at the end of the block ends with it.
    """
    process = start_child(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # communicate() would close it, which is the sign to end.
    leash, process.stdin = process.stdin, None

    def finish(timeout: float | None) -> subprocess.CompletedProcess[str]:
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(
            process.args, process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
        )

    try:
        yield finish
    finally:
        end_child(process)
        if leash:
            leash.close()


def end_with_parent() -> None:
    """Let this process end with the one that started it, for those that others start: torchrun, multiprocessing."""
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it ended meanwhile
            os.kill(os.getpid(), signal.SIGKILL)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
