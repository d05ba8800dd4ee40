"""A wire between a client and a rehearsal Hub that counts what is sent, and breaks where a test tells it to."""

from __future__ import annotations

import os
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from helpers.processes import SECONDS
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.layout import MANIFEST
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store

CARD = "---\nlicense: apache-2.0\npipeline_tag: text-classification\nlibrary_name: transformers\n---\n# A model\n"
_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")


@dataclass
class Fault:
    """What happens to the next requests whose first line matches *pattern*."""

    pattern: str
    answer: bytes | None = None
    """Answered in place of the Hub. None: the request goes through, and the connection is cut instead of an answer."""
    before: Callable[[], None] | None = None
    """Called before the request goes through unharmed."""
    times: int = 1


@dataclass
class Wire:
    """A loopback proxy in front of a Hub: the first line of each request, and the bytes that the client sent."""

    url: str
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    sent: int = 0

    def writes(self) -> list[str]:
        """Return the requests that were more than a question."""
        return [line for line in self.requests if not line.startswith(("GET", "HEAD"))]

    def take(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, line):
                fault.times -= 1
                return fault
        return None


def status(code: int, *headers: str) -> bytes:
    """Return a whole HTTP answer with an error."""
    lines = [f"HTTP/1.1 {code} Fault", "Content-Type: application/json", *headers, "Connection: close"]
    body = b'{"error": "told to fail"}'
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@contextmanager
def wired(hub_url: str) -> Iterator[Wire]:
    """Yield a wire to a Hub."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def carry(*ends: Any) -> None:
            with suppress(OSError):  # whoever hangs up first
                _carry(*ends)

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=carry, args=(wire, client, hub_url), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield wire
        listener.shutdown(socket.SHUT_RDWR)


def _carry(wire: Wire, client: socket.socket, hub_url: str) -> None:
    host, port = hub_url.removeprefix("http://").split(":")
    cut = False
    with client, socket.create_connection((host, int(port))) as hub:
        for side in (client, hub):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            ready, _, _ = select.select([client, hub], [], [])
            data = (client if client in ready else hub).recv(1 << 16)
            if not data:
                return
            if client in ready:
                wire.sent += len(data)
                if _REQUEST.match(data):
                    line = data.split(b"\r\n", 1)[0].decode()
                    wire.requests.append(line)
                    fault = wire.take(line)
                    if fault and fault.answer:
                        client.sendall(fault.answer)
                        _drain(client)
                        return
                    if fault and fault.before:
                        fault.before()
                    cut = fault is not None and fault.before is None
                hub.sendall(data)
            elif cut:
                return
            else:
                client.sendall(data)


def _drain(client: socket.socket) -> None:
    """Take the rest of a request until the client has read its answer and goes: closing first would reset it."""
    client.settimeout(SECONDS)
    while client.recv(1 << 16):
        pass


def staged(folder: Path, **files: bytes) -> Manifest:
    """Fill a folder with a small release (plus *files*, ``__`` in names standing for a dot); return its manifest."""
    contents = {
        "README.md": CARD.encode(),
        "config.json": b'{"model_type": "bert"}\n',
        "evaluation.json": b"{}\n",
        "model.safetensors": os.urandom(300_000),
        "figures/curve.png": b"\x89PNG\r\n\x1a\n\0\0" + os.urandom(500),
    }
    contents |= {name.replace("__", "."): content for name, content in files.items()}
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return listed(folder)


def listed(folder: Path) -> Manifest:
    """Write the published list of a folder's files anew, as staging does; return the list that has it too."""
    Manifest.of_folder(folder, leave_out=[MANIFEST]).save(folder / MANIFEST)
    return Manifest.of_folder(folder)


class Press:
    """Pushes a folder over a wire with the store's write token."""

    def __init__(self, wire: Wire, store: Store, folder: Path, repo: str) -> None:
        self.wire, self.store, self.folder, self.repo = wire, store, folder, repo
        self.api = HfApi(endpoint=wire.url, token=store.write_token)

    def push(
        self, manifest: Manifest, *, repo: RepoId | None = None, endpoint: str | None = None,
        private: bool | None = None, hide_public: bool = False, tag: str | None = None,
        foreign: Foreign = Foreign.STOP,
    ) -> PushResult:  # fmt: skip
        self.wire.requests.clear()
        self.wire.sent = 0
        hub = Hub(endpoint or self.wire.url, self.store.write_token)
        return hub.push(
            self.folder, manifest, repo or RepoId(self.repo), message="release", private=private,
            hide_public=hide_public, tag=tag, foreign=foreign,
        )  # fmt: skip

    def head(self, revision: str | None = None) -> str:
        """Return a commit as somebody without a token sees it."""
        return Hub(self.wire.url).head(RepoId(self.repo), revision)

    def commits(self) -> list[str]:
        return [commit.title for commit in self.api.list_repo_commits(self.repo)]
