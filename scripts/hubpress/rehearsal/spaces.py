"""The apps of Spaces as processes of their own, started when their page is opened, and stopped with the Hub."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hubpress.rehearsal import LOOPBACK
from hubpress.rehearsal.store import Commit, Repository

APP = "app.py"
AT_ONCE = 3
PATIENCE_SECONDS = 180.0
_LOG_BYTES = 16_000

# `python app.py`, which also ends when the Hub is killed: the pipe to it breaks then, and the group is the app with all
# its children.
_RUN = f"""
import os, signal, subprocess, sys, threading
def end_with_the_hub():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
app = subprocess.Popen([sys.executable, {APP!r}], stdin=subprocess.DEVNULL)
threading.Thread(target=end_with_the_hub, daemon=True).start()
code = app.wait()
os._exit(code if code >= 0 else 128 - code)
"""
# What an app sees of this environment: no list of secrets is ever complete.
_PASSED = ("HOME", "LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "PATH", "TZ", "VIRTUAL_ENV")
_PASSED_PREFIX = "LC_"
_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class State:
    """How an app does: ``waiting``, ``running`` or ``failed``; where it is, why it failed, and what it printed."""

    name: str
    url: str
    why: str
    log: str


@dataclass
class _App:
    sha: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    started: float
    seen: float
    given_up: bool = False

    def state(self) -> State:
        name, why = "waiting", ""
        code = self.process.poll()
        if self.given_up:
            name, why = "failed", f"It did not answer on its port within {PATIENCE_SECONDS:.0f} seconds."
        elif code is not None:
            name, why = (
                "failed",
                f"It ended with exit code {code}." if code >= 0 else f"It was ended by signal {-code}.",
            )
        elif self._answers():
            name = "running"
        elif time.monotonic() - self.started > PATIENCE_SECONDS:
            self.given_up = True
            self.end()
            return self.state()
        return State(name, f"http://{LOOPBACK[0]}:{self.port}/", why, self._log())

    def end(self) -> None:
        # At once: nothing that an app holds is kept, and whoever waits for a page would wait for its farewell, too.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def remove(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            socket.create_connection((LOOPBACK[0], self.port), timeout=0.2).close()
        except OSError:
            return False
        return True

    def _log(self) -> str:
        with (self.folder / "log").open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LOG_BYTES))
            text = stream.read().decode("utf-8", "replace")
        return _CODES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class Apps:
    """The apps that run for one server; *folder* is theirs alone, and empty when nothing runs."""

    def __init__(self, folder: Path, *, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._running: dict[str, _App] = {}

    def state(self, repository: Repository, commit: Commit, *, start: bool) -> State | None:
        """Return how the app of a Space's commit does, started first if it is not there and *start* says so.

        None without an app, or when it is not there. What runs of another commit is replaced.
        """
        app = self._running.get(repository.id)
        if start and APP in commit.files and (app is None or app.sha != commit.id):
            app = self._start(repository, commit)
        if app is None or app.sha != commit.id:
            return None
        app.seen = time.monotonic()
        return app.state()

    def forget(self, repository: Repository) -> None:
        """Stop a Space's app, if it runs; the next look starts it afresh."""
        if app := self._running.pop(repository.id, None):
            app.remove()

    def stop(self) -> None:
        """Stop all apps, and remove what they left."""
        for app in self._running.values():
            app.remove()
        self._running.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, repository: Repository, commit: Commit) -> _App:
        self.forget(repository)
        while len(self._running) >= AT_ONCE:
            longest_unseen = min(self._running, key=lambda name: self._running[name].seen)
            self._running.pop(longest_unseen).remove()
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        checkout, temporary = folder / "app", folder / "tmp"
        temporary.mkdir()
        for path, file in commit.files.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(repository.content_path(file), checkout / path)
        port, now = _free_port(), time.monotonic()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _RUN],
                cwd=checkout,
                env=self._environment(folder, port),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        app = self._running[repository.id] = _App(commit.id, folder, port, process, now, now)
        return app

    def _environment(self, folder: Path, port: int) -> dict[str, str]:
        passed = {
            name: value for name, value in os.environ.items() if name in _PASSED or name.startswith(_PASSED_PREFIX)
        }
        return passed | {
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_SERVER_NAME": LOOPBACK[0],
            "GRADIO_SERVER_PORT": str(port),
            "HF_ENDPOINT": self._endpoint,
            "HF_HOME": str(folder / "home"),
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(folder / "tmp"),
        }


@contextmanager
def apps_of(store_dir: Path, *, endpoint: str) -> Iterator[Apps]:
    """Yield the apps of the server at *endpoint*; they end with the block. What a killed server left goes first."""
    apps = Apps(store_dir / "apps", endpoint=endpoint)
    apps.stop()
    try:
        yield apps
    finally:
        apps.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK[0], 0))
        return int(probe.getsockname()[1])
