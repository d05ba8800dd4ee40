"""A Space's app as a process: what it sees of this machine, how it is started, and when it answers."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hubpress.children import end_child, start_child
from hubpress.errors import HubpressError
from hubpress.layout import APP
from hubpress.this_machine import LOOPBACK, plain_environment

PATIENCE_SECONDS = 180.0

Wrap = Callable[[Sequence[str], int], AbstractContextManager[Sequence[str]]]
"""What stands around an app: from its command and its port to the command that is run while a block lasts."""

_LOG_BYTES = 16_000
_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")

_BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ImportError(f"{{name}} is not there in a Space")

sys.meta_path.insert(0, Blocker())
"""


@dataclass(frozen=True)
class RunningApp:
    """An app that answers: where, its process, and the seconds from its start to its first page."""

    url: str
    process: subprocess.Popen[bytes]
    seconds: float

    def peak_memory(self) -> int:
        """Return the most memory that the app's process has held so far, in bytes; 0 where the system does not say."""
        return max(map(_peak_of, _processes_below(self.process.pid)), default=0)


@contextmanager
def running_app(
    checkout: Path, scratch: Path, *, endpoint: str, python: str, without: Sequence[str], wrap: Wrap | None = None
) -> Iterator[RunningApp]:
    """Run the app in *checkout* until the block ends, and yield it once it answers.

    It keeps its files below *scratch*, sees one Hub, and cannot import the packages in *without*; *wrap* is what stands
    around it. Raises HubpressError, with its last words, when it ends or does not answer in time.
    """
    blocker = blocker_of(without, scratch / "blocker")
    port, started = free_port(), time.monotonic()
    more = {"PYTHONPATH": str(blocker)}
    wrapped = wrap([python, APP], port) if wrap else nullcontext([python, APP])
    with wrapped as command:
        process = start_app(checkout, scratch, port=port, endpoint=endpoint, command=command, more=more)
        try:
            url = f"http://{LOOPBACK}:{port}"
            while not _answers(url):
                is_late = time.monotonic() - started > PATIENCE_SECONDS
                if process.poll() is not None or is_late:
                    last = (log_of(scratch).splitlines() or ["it printed nothing"])[-1]
                    what = f"does not answer within {PATIENCE_SECONDS:g} seconds" if is_late else "does not run"
                    raise HubpressError(f"the app {what}: {last}", where=APP, passes=is_late)
                time.sleep(0.1)
            yield RunningApp(url, process, time.monotonic() - started)
        finally:
            end_child(process)


def start_app(
    checkout: Path,
    scratch: Path,
    *,
    port: int,
    endpoint: str | None,
    command: Sequence[str] = (sys.executable, APP),
    more: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the app of *checkout* in a process group of its own, which ends with this process; it logs to *scratch*."""
    (scratch / "tmp").mkdir(parents=True, exist_ok=True)
    environment = plain_environment(scratch / "nobody") | {
        **_served_at(port),
        "HF_HOME": str(scratch / "home"),
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch / "tmp"),
        **({"HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1"} if endpoint else {}),
        **(more or {}),
    }
    with (scratch / "log").open("wb") as log:
        return start_child(command, cwd=checkout, env=environment, stdout=log, stderr=subprocess.STDOUT)


def _processes_below(pid: int) -> list[int]:
    """Return the processes that a process has started, and what these have."""
    children: list[int] = []
    with suppress(OSError, ValueError):
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(below for child in children for below in _processes_below(child))]


def _peak_of(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])
    return 0


def log_of(scratch: Path) -> str:
    """Return the end of what an app printed, without the codes of a terminal."""
    with (scratch / "log").open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LOG_BYTES))
        text = stream.read().decode("utf-8", "replace")
    return _CODES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def blocker_of(names: Sequence[str], folder: Path) -> Path:
    """Make a folder for PYTHONPATH that keeps Python from importing these packages; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_BLOCKER.format(names=tuple(names)), encoding="utf-8")
    return folder


def free_port() -> int:
    """Return a port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _served_at(port: int) -> dict[str, str]:
    address = {"GRADIO_SERVER_NAME": LOOPBACK, "GRADIO_SERVER_PORT": str(port)}
    return {**address, "GRADIO_ANALYTICS_ENABLED": "False"}


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/config", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def serve_app(checkout: Path, *, model: Path, port: int) -> NoReturn:
    """Become the app of *checkout*, on the model in a folder, until Ctrl-C. Raises HubpressError for a port in use."""
    if not _is_free(port):
        raise HubpressError(f"port {port} is in use.", hint="Choose another with --port.")
    print(f"The Space runs at http://{LOOPBACK}:{port}; Ctrl-C stops it.", flush=True)
    environment = {**os.environ, **_served_at(port), "MODEL_DIR": str(model.resolve())}
    # In the place of this process: whoever ends it ends the app.
    os.chdir(checkout)
    os.execve(sys.executable, [sys.executable, APP], environment)


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        return True
    return False
