"""A place where published code runs: its own processes, folders and environment, and one commit as its Hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hubpress.children import child_beside
from hubpress.hub.readme import CodeBlock
from hubpress.this_machine import LOOPBACK, plain_environment
from hubpress.verify import inside
from hubpress.verify.bubblewrap import Bubblewrap, find_bubblewrap, python_path
from hubpress.verify.commit_server import serving
from hubpress.verify.published import PublishedCommit
from hubpress.verify.run_snippets import FAILED, FILE

INSISTED = "--run-code runs what was not pushed from here"
"""What is said of code that is not run."""
_SECONDS = 1800  # for all snippets of a card
_HUB_PORT = 8081  # in a network of its own, where nothing else listens
_MEMORY_SHARE = 0.8
_PROCESSES = 1024  # threads count, too
_LARGEST_FILE = 20_000_000_000


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Give an empty folder for a while. What a kill left in it, weights among others, goes with the next start."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Sandbox:
    """A place where published code runs. It sees one commit as its Hub, no token, and an empty HOME and HF_HOME."""

    folder: Path
    """Where it runs, and may write."""
    hub: str
    """The address of its Hub."""
    limits: Mapping[str, int] = field(default_factory=dict)
    bubblewrap: Bubblewrap | None = None
    """The walls around it; None for none."""
    sockets: Path | None = None
    """With walls, the folder of the doors in them."""

    @property
    def environment(self) -> dict[str, str]:
        """All that it knows of this environment, and where its own things are."""
        top = self.folder.parent
        # hubpress's own tests measure its modules in here too; an app has none of them.
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        return {
            **plain_environment(top / "nobody"),
            **coverage,
            "HF_ENDPOINT": self.hub,
            "HF_HOME": str(top / "home"),
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
            "PYTHONPATH": os.pathsep.join(python_path()),
            "TMPDIR": str(top / "tmp"),
        }

    def run(
        self, arguments: Sequence[str], *, timeout: float | None = _SECONDS, readable: Sequence[Path] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with *arguments*; after *timeout* seconds it counts as failed. It may read some more folders."""
        with self.running(arguments, timeout=timeout, readable=readable) as finish:
            return finish()

    @contextmanager
    def running(
        self, arguments: Sequence[str], *, timeout: float | None = _SECONDS, readable: Sequence[Path] = ()
    ) -> Iterator[Callable[[], subprocess.CompletedProcess[str]]]:
        """Run the same beside what the block does; yield what waits for its end."""
        command = self.command([sys.executable, *arguments], cwd=self.folder, readable=readable)
        with child_beside(command, cwd=self.folder, env=self.environment) as finish:

            def result() -> subprocess.CompletedProcess[str]:
                try:
                    return finish(timeout)
                except subprocess.TimeoutExpired:
                    return subprocess.CompletedProcess(command, 1, "", f"did not end within {timeout:g} seconds")

            yield result

    def command(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        readable: Sequence[Path] = (),
        entrances: Sequence[tuple[Path, int]] = (),
    ) -> list[str]:
        """Return the words that run a command in here; *entrances* are sockets that lead to its ports."""
        if not self.bubblewrap and not self.limits:
            return list(command)
        out = [(_HUB_PORT, str(self.sockets / "hub"))] if self.sockets else []
        job = {"limits": dict(self.limits), "out": out, "in": [(str(path), port) for path, port in entrances]}
        script = Path(inside.__file__).resolve()
        limited = [sys.executable, "-I", "-S", str(script), json.dumps(job), *command]
        if not self.bubblewrap or not self.sockets:
            return limited
        return self.bubblewrap.around(
            limited, cwd=cwd, writable=[self.folder.parent, self.sockets], readable=[script, *readable]
        )

    @contextmanager
    def around_app(
        self, command: Sequence[str], port: int, *, cwd: Path, readable: Sequence[Path]
    ) -> Iterator[list[str]]:
        """Yield the words that run an app in here whose *port* answers outside as well."""
        if not self.sockets:
            yield self.command(command, cwd=cwd, readable=readable)
            return
        door = self.sockets / "app"
        with inside.listening((LOOPBACK, port)) as listener:
            threading.Thread(target=inside.forward, args=(listener, str(door)), daemon=True).start()
            yield self.command(command, cwd=cwd, readable=readable, entrances=[(door, port)])


@contextmanager
def sandbox_for(
    commit: PublishedCommit,
    files: Path,
    folder: Path,
    *,
    is_ours: bool,
    beside: Sequence[tuple[PublishedCommit, Path]] = (),
) -> Iterator[Sandbox]:
    """Yield a sandbox in *folder*, which is not there yet, whose Hub has a commit; its files lie in *files*.

    Its Hub has those *beside*, too: an adapter's base.

    Unless *is_ours*, it has walls where bubblewrap can be used, and limits in any case.
    """
    folder = folder.resolve()
    for name in ("work", "home", "nobody", "tmp"):
        (folder / name).mkdir(parents=True)
    limits = {} if is_ours else _limits()
    walls = None if is_ours else find_bubblewrap()
    with ExitStack() as stack:
        if not walls:
            yield Sandbox(folder / "work", stack.enter_context(serving(commit, files, beside=beside)), limits)
            return
        # The path of a socket may have about a hundred bytes, and that of a build folder has more.
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hubpress-"))).resolve()
        stack.enter_context(serving(commit, files, sockets / "hub", beside=beside))
        yield Sandbox(folder / "work", f"http://{LOOPBACK}:{_HUB_PORT}", limits, walls, sockets)


def warn_without_walls() -> None:
    """Say so where code of others is going to run without a sandbox around it."""
    if find_bubblewrap() is None:
        what = (
            "bubblewrap cannot be used here, so the published code runs as you do: it can read your files and use the "
            "network, though it gets no token and none of your environment. Install bubblewrap to confine it."
        )
        print(f"hubpress: warning: {what}", file=sys.stderr)


def _limits() -> dict[str, int]:
    memory = int(_MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    limits = {"RLIMIT_DATA": memory, "RLIMIT_FSIZE": _LARGEST_FILE, "RLIMIT_CORE": 0}
    # Without users of its own, a sandbox would share this count with everything else that this person runs.
    return {**limits, "RLIMIT_NPROC": _PROCESSES} if find_bubblewrap() else limits


def snippet_files(sandbox: Sandbox, snippets: Sequence[CodeBlock]) -> list[str]:
    """Write each snippet as it stands into the sandbox; return the names of the files."""
    files = {f"{FILE}{snippet.number}.py": snippet.code for snippet in snippets}
    for name, code in files.items():
        (sandbox.folder / name).write_text(code, encoding="utf-8")
    return list(files)


def run_snippets(sandbox: Sandbox, files: Sequence[str]) -> list[str]:
    """Run snippets in a process of their own; return a sentence for each that fails."""
    return failed_snippets(sandbox.run(["-m", "hubpress.verify.run_snippets", *files]))


def failed_snippets(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return a sentence for each snippet that failed in a process, or one where the interpreter itself ended."""
    failed = [line for line in done.stdout.splitlines() if line.startswith(FAILED)]
    return failed or ([f"{FAILED}s end: {last_line(done.stderr)}"] if done.returncode else [])


def last_line(text: str) -> str:
    """Return the last line of what a process printed, which names an exception."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"
