"""A static Space on loopback, with its model at the addresses that a Hub has for it."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import ProxyHandler, build_opener

from hubpress.errors import HubpressError
from hubpress.layout import PAGE, SPACE
from hubpress.schemas.space import SpaceSettings
from hubpress.this_machine import LOOPBACK

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}
_MOST_POSTED = 64_000_000
_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """What is served: a Space's folder, its model's, and texts beside them by their paths.

    *posted* is given what a page sends to ``/`` and the path it sends it to.
    """

    space: Path
    model: Path
    settings: SpaceSettings
    beside: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    """Further folders, by the first part of the path that leads to their files."""
    posted: Callable[[str, bytes], None] | None = None
    hub: str | None = None
    """A Hub on loopback that has the model; its folder is then not looked at."""

    def file(self, path: str) -> bytes | Path | None:
        """Return what is at a path, None where nothing is."""
        name = path.removeprefix("/") or PAGE
        if name in self.beside:
            return self.beside[name]
        model = f"{self.settings.model}/resolve/{self.settings.revision}/"
        if self.hub and name.startswith(model):
            return _fetched(f"{self.hub}/{quote(name)}")
        first, _, rest = name.partition("/")
        folder, inside = (
            (self.model, name.removeprefix(model)) if name.startswith(model)
            else (self.folders[first], rest) if first in self.folders
            else (self.space, name)
        )  # fmt: skip
        parts = PurePosixPath(inside).parts
        found = folder.joinpath(*parts)
        is_below = bool(parts) and not {"..", "/"} & set(parts) and "\0" not in inside
        return found if is_below and found.is_file() else None


def _fetched(address: str) -> bytes | None:
    """Return what a Hub on loopback gives to everybody, None where it gives nothing."""
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=_SECONDS) as response:
            return bytes(response.read())
    except (HTTPError, URLError, TimeoutError):
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *given: object) -> None:
        self._site = site
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with a file."""
        path = unquote(urlsplit(self.path).path)
        found = self._site.file(path)
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")
            return
        suffix = PurePosixPath(path).suffix or ".html"
        kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        if isinstance(found, bytes):
            self._answer(HTTPStatus.OK, found, kind)
            return
        with found.open("rb") as stream:
            self._head(HTTPStatus.OK, found.stat().st_size, kind)
            with suppress(OSError):  # a page that was left does not wait for the rest
                while self.command == "GET" and (block := stream.read(1 << 20)):
                    self.wfile.write(block)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Take what a page sends."""
        length = int(self.headers.get("Content-Length") or 0)
        if self._site.posted is None or not 0 < length <= _MOST_POSTED:
            self._answer(HTTPStatus.FORBIDDEN, b"", "text/plain")
            return
        self._site.posted(urlsplit(self.path).path, self.rfile.read(length))
        self._answer(HTTPStatus.OK, b"", "text/plain")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self._head(status, len(body), kind)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, length: int, kind: str) -> None:
        self.send_response(status)
        # As static Spaces are served: a page asks again for what may have changed.
        for name, value in (("Content-Type", kind), ("Content-Length", str(length)), ("Cache-Control", "no-cache")):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that has gone, nor of what it left open."""


@contextmanager
def serving(site: Site, *, port: int = 0) -> Iterator[str]:
    """Yield the address of a site, which is served until the block ends. Raises OSError for a port in use."""
    server = _Server((LOOPBACK, port), partial(_Handler, site))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def serve_page(folder: Path, *, model: Path, port: int) -> NoReturn:
    """Serve the static Space in *folder*, on a model's folder, until Ctrl-C. Raises HubpressError for a port in use."""
    site = Site(folder, model, SpaceSettings.load(folder / SPACE))
    try:
        with serving(site, port=port) as url:
            print(f"The Space runs at {url}; Ctrl-C stops it.", flush=True)
            threading.Event().wait()
    except OSError as error:
        raise HubpressError(f"port {port} is in use.", hint="Choose another with --port.") from error
    raise AssertionError("an event that nothing sets is waited for until Ctrl-C")
