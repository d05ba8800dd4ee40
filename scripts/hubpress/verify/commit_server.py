"""One downloaded commit behind an address, as the Hub answers who loads it: all that published code sees of a Hub.

It needs no token, so that published code has none; main and every other revision are this commit. An adapter's base is
beside it.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hubpress.files import JsonObject, sha256_file
from hubpress.hub.readme import read_card
from hubpress.layout import CARD
from hubpress.this_machine import LOOPBACK
from hubpress.verify.published import PublishedCommit


@contextmanager
def serving(
    commit: PublishedCommit, files: Path, at: Path | None = None, *, beside: Sequence[tuple[PublishedCommit, Path]] = ()
) -> Iterator[str]:
    """Serve a commit, whose files lie in a folder, and those *beside* it until the block ends; yield the address.

    With *at*, a path that nothing has yet, it is a Unix socket there, and the address is the path.
    """
    handler = type("Handler", (_Handler,), {"every": [_Served(*one) for one in ((commit, files), *beside)]})
    place: Any = str(at) if at else (LOOPBACK, 0)  # typeshed knows no Unix sockets here
    server = (_UnixServer if at else _Server)(place, handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield str(at) if at else f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Served:
    """A commit's files by their names, and what the Hub says of the repository."""

    def __init__(self, commit: PublishedCommit, files: Path) -> None:
        self.repo_id, self.sha = commit.repo.id, commit.sha
        self.files = {path.relative_to(files).as_posix(): path for path in files.rglob("*") if path.is_file()}
        card = self.files.get(CARD)
        self._card = read_card(card.read_text(encoding="utf-8", errors="replace")).data if card else {}
        self._hashes: dict[str, str] = {}

    def information(self) -> JsonObject:
        """Return what the Hub answers who asks for the model."""
        told = {name: self._card[name] for name in ("pipeline_tag", "library_name") if name in self._card}
        siblings = [{"rfilename": name} for name in sorted(self.files)]
        return {"id": self.repo_id, "modelId": self.repo_id, "sha": self.sha, "siblings": siblings, **told}

    def file_of(self, path: str) -> str | None:
        """Return the file that a path of the Hub's names, whatever its revision; None where it names none here."""
        start = f"/{self.repo_id}/resolve/"
        name = path.removeprefix(start).partition("/")[2] if path.startswith(start) else ""
        return name if name in self.files else None

    def etag(self, name: str) -> str:
        """Return the hash by which clients keep a file."""
        if name not in self._hashes:
            self._hashes[name] = sha256_file(self.files[name])
        return self._hashes[name]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking what this machine is called, which may wait for a name server."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, 0


class _UnixServer(_Server):
    address_family = socket.AF_UNIX
    allow_reuse_address = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    every: Sequence[_Served]

    def do_GET(self) -> None:  # http.server's name
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def address_string(self) -> str:
        return "published code"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is asked here is of no interest to who waits for the proof."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        named = (one for one in self.every if f"{path}/".removeprefix("/api/models").startswith(f"/{one.repo_id}/"))
        served = next(named, self.every[0])
        api = f"/api/models/{served.repo_id}"
        if (name := served.file_of(path)) is not None:
            self._head(served, HTTPStatus.OK, served.files[name].stat().st_size, {"ETag": f'"{served.etag(name)}"'})
            if with_body:
                with served.files[name].open("rb") as stream:
                    shutil.copyfileobj(stream, self.wfile)
            return
        if path == api or (path.startswith(f"{api}/revision/") and path.count("/") == api.count("/") + 2):
            status, body, code = HTTPStatus.OK, served.information(), ""
        else:
            is_here = path.startswith((f"{api}/", f"/{served.repo_id}/"))
            status, body = HTTPStatus.NOT_FOUND, {"error": "Only one published commit is here."}
            code = "EntryNotFound" if is_here else "RepoNotFound"
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"X-Error-Code": code} if code else {})}
        self._head(served, status, len(content), headers)
        if with_body:
            self.wfile.write(content)

    def _head(self, served: _Served, status: HTTPStatus, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"X-Repo-Commit": served.sha, "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
