"""The apps of Spaces as processes of their own, and static Spaces as sites, each on its port from when it is opened."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hubpress.children import end_child
from hubpress.layout import APP, PAGE, SPACE
from hubpress.rehearsal.repository import Commit, Repository
from hubpress.schemas.document import DocumentError
from hubpress.schemas.space import SpaceSettings
from hubpress.space.process import PATIENCE_SECONDS, free_port, log_of, start_app
from hubpress.space.static_server import Site, serving
from hubpress.this_machine import LOOPBACK

AT_ONCE = 3


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
        return State(name, f"http://{LOOPBACK}:{self.port}/", why, log_of(self.folder))

    def end(self) -> None:
        # At once: whoever waits for a page would wait for its farewell, too.
        end_child(self.process)

    def remove(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=0.2).close()
        except OSError:
            return False
        return True


@dataclass
class _Site:
    sha: str
    folder: Path
    endpoint: str
    seen: float
    _open: ExitStack = field(default_factory=ExitStack)
    _url: str = ""
    _why: str = ""

    def serve(self, checkout: Path) -> None:
        try:
            site = Site(checkout, checkout, SpaceSettings.load(checkout / SPACE), hub=self.endpoint)
        except DocumentError as error:
            self._why = str(error)
        else:
            # On a port of its own: what runs on a page of the Hub's could write there.
            self._url = f"{self._open.enter_context(serving(site))}/"

    def state(self) -> State:
        return State("failed" if self._why else "running", self._url, self._why, "")

    def remove(self) -> None:
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_static(commit: Commit) -> bool:
    """Return whether a Space is a page that browsers run, by its files."""
    return {PAGE, SPACE} <= commit.files.keys() and APP not in commit.files


def can_run(commit: Commit) -> bool:
    """Return whether a Space has an app, or a page."""
    return APP in commit.files or is_static(commit)


class Apps:
    """The apps that run for one server; *folder* is theirs alone, and empty when nothing runs."""

    def __init__(self, folder: Path, *, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._running: dict[str, _App | _Site] = {}

    def state(self, repository: Repository, commit: Commit, *, start: bool) -> State | None:
        """Return how the app of a Space's commit does, started first if it is not there and *start* says so.

        None without an app or a page, or when it is not there. What runs of another commit is replaced.
        """
        app = self._running.get(repository.id)
        if start and can_run(commit) and (app is None or app.sha != commit.id):
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

    def _start(self, repository: Repository, commit: Commit) -> _App | _Site:
        self.forget(repository)
        while len(self._running) >= AT_ONCE:
            longest_unseen = min(self._running, key=lambda name: self._running[name].seen)
            self._running.pop(longest_unseen).remove()
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        checkout = folder / "app"
        for path, file in commit.files.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(repository.content_path(file), checkout / path)
        now = time.monotonic()
        if is_static(commit):
            site = self._running[repository.id] = _Site(commit.id, folder, self._endpoint, now)
            site.serve(checkout)
            return site
        port = free_port()
        process = start_app(checkout, folder, port=port, endpoint=self._endpoint)
        app = self._running[repository.id] = _App(commit.id, folder, port, process, now, now)
        return app


@contextmanager
def apps_of(store_dir: Path, *, endpoint: str) -> Iterator[Apps]:
    """Yield the apps of the server at *endpoint*; they end with the block. What a killed server left goes first."""
    apps = Apps(store_dir / "apps", endpoint=endpoint)
    apps.stop()
    try:
        yield apps
    finally:
        apps.stop()
