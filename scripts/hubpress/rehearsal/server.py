"""Run the rehearsal Hub, in the foreground or beside other work, and find one that runs already."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from hubpress.errors import HubError, UsageError
from hubpress.files import read_json, write_json
from hubpress.rehearsal.store import Store
from hubpress.this_machine import LOOPBACK, LOOPBACK_NAMES

if TYPE_CHECKING:
    import uvicorn

PORT = 8899
_STATE = "server.json"
_USED_BY = "used-by"
_PATIENCE_SECONDS = 20.0


class _Served(HubError):
    """Another process serves a store, at *url* where it answers."""

    def __init__(self, what: str, *, hint: str, url: str | None) -> None:
        super().__init__(what, hint=hint)
        self.url = url


def serve(
    store_dir: Path, *, host: str = LOOPBACK, port: int = PORT, ready: Callable[[str], None] | None = None
) -> None:
    """Serve a store in the foreground until interrupted; *ready* is called with the URL once requests are taken.

    Raises ``UsageError`` for any host but loopback, ``HubError`` when the port or the store is taken.
    """
    if host not in LOOPBACK_NAMES:
        raise UsageError(f"The rehearsal Hub listens on {LOOPBACK} only, not on {host}.")
    with _prepared(store_dir, [port], lasts=True) as (server, listener, url), suppress(KeyboardInterrupt):
        if ready:
            ready(url)
        server.run(sockets=[listener])


@contextmanager
def running(store_dir: Path, *, port: int | None = None) -> Iterator[str]:
    """Yield the URL of the Hub that serves a store: the one that runs already, else one started for this block.

    Without *port* that one takes the fixed port, or a free one if it is taken. It ends with the block, or with the last
    of the others that use it meanwhile. Raises ``HubError`` if it cannot start.
    """
    with ExitStack() as stack:
        # Noted before it is looked for: whoever has started it looks for notes before it ends.
        using = stack.enter_context(_noted(store_dir))
        url = find_running(store_dir)
        if url is None:
            try:
                prepared = stack.enter_context(_prepared(store_dir, [PORT, 0] if port is None else [port], lasts=False))
            except _Served as served:  # by one that was started in this moment
                if served.url is None:
                    raise
                url = served.url
            else:
                using.release()
                stack.enter_context(_served_by_thread(store_dir, *prepared[:2]))
                url = prepared[2]
        yield url


@contextmanager
def _served_by_thread(store_dir: Path, server: uvicorn.Server, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread until the block ends, and no other process uses the Hub any more."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="rehearsal-hub", daemon=True)
    thread.start()
    try:
        try:
            yield
        except Exception:  # a command that failed; one that is stopped waits for nobody
            _wait_for_others(store_dir)
            raise
        _wait_for_others(store_dir)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)


def _wait_for_others(store_dir: Path) -> None:
    if _is_used(store_dir):
        print("hubpress: another command uses this rehearsal Hub, which runs until that one ends.", file=sys.stderr)
    _wait_until_unused(store_dir)
    (store_dir / _STATE).unlink(missing_ok=True)  # from here on nobody finds it, but somebody may just have found it
    _wait_until_unused(store_dir)


def _wait_until_unused(store_dir: Path) -> None:
    while _is_used(store_dir):
        time.sleep(0.2)


@contextmanager
def _noted(store_dir: Path) -> Iterator[FileLock]:
    """Let whoever runs the Hub of a store know that it is used; the system drops the note with the process."""
    folder = store_dir / _USED_BY
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{uuid.uuid4().hex}.lock"
    lock = FileLock(path, blocking=False, fallback_to_soft=False)
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()
        path.unlink(missing_ok=True)


def _is_used(store_dir: Path) -> bool:
    """Tell whether somebody uses the Hub of a store besides the one who runs it; notes of the dead are removed."""
    for path in (store_dir / _USED_BY).glob("*.lock"):
        lock = FileLock(path, blocking=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        path.unlink(missing_ok=True)
    return False


def find_running(store_dir: Path) -> str | None:
    """Return the URL of the server that serves a store, None when none answers."""
    # A proxy set up for the world outside must not be asked about loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        state = read_json(store_dir / _STATE)
        if state["folder"] != str(store_dir.resolve()):  # of a copy, made while the Hub of the other ran
            return None
        with opener.open(state["url"], timeout=5) as answer:
            found = json.load(answer)
        # Another program, or another store's server, may have taken the port since.
        return str(state["url"]) if found["store"] == state["store"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _prepared(store_dir: Path, ports: list[int], *, lasts: bool) -> Iterator[tuple[uvicorn.Server, socket.socket, str]]:
    """Yield a server, its socket, listening on the first of *ports* that is free, and its URL, written down.

    *lasts* is written down, too: whether it runs until somebody stops it, and not as long as another command does.
    """
    import uvicorn

    from hubpress.rehearsal.app import build_app
    from hubpress.rehearsal.apps import apps_of
    from hubpress.rehearsal.faults import Connections, Faults

    # With the protocol named, asyncio switches off Nagle's algorithm, which costs 40 ms an answer.
    with _claimed(store_dir), socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, ports)
        listener.listen(128)
        store = Store(store_dir)
        store.sweep()
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        # The socket listens already: who connects before the server takes its first request just waits.
        where = {"url": url, "pid": os.getpid(), "store": store.identity, "folder": str(store_dir.resolve())}
        write_json(store_dir / _STATE, {**where, "lasts": lasts})
        with apps_of(store.folder, endpoint=url) as apps:
            connections = Connections()
            config = uvicorn.Config(
                Faults(build_app(store, apps), store.folder, connections),
                http=connections.protocol(),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
            yield uvicorn.Server(config), listener, url


def _bind(listener: socket.socket, ports: list[int]) -> None:
    for port in ports:
        try:
            listener.bind((LOOPBACK, port))
            return
        except OSError as error:
            taken = error
    raise HubError(f"Port {ports[-1]} is taken ({taken.strerror}).", hint="Choose another with --port.") from taken


def _served(store_dir: Path, url: str | None) -> _Served:
    """Return what is said where another process serves a store, at *url* if it answers."""
    if url is None:
        what = f"{store_dir} is served by another process, which does not answer."
        return _Served(what, hint="Stop it, or use another folder.", url=None)
    with suppress(OSError, ValueError, AttributeError):  # it may have ended in this moment
        if read_json(store_dir / _STATE).get("lasts") is False:
            what = f"{store_dir} is served at {url} by a command that runs, until that ends."
            return _Served(what, hint="Look at it there meanwhile, and run `hubpress hub` after it.", url=url)
    return _Served(f"{store_dir} is served at {url} already.", hint="Use it there, or stop it first.", url=url)


@contextmanager
def _claimed(store_dir: Path) -> Iterator[None]:
    """Hold a store for one server. The system drops the claim with the process, however that ends."""
    store_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store_dir / "server.lock", blocking=False, fallback_to_soft=False)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            lock.acquire()
            break
        except Timeout:
            # The other one may just be stopping; one that answers is there to stay.
            url = find_running(store_dir)
            if url or time.monotonic() > deadline:
                raise _served(store_dir, url) from None
            time.sleep(0.1)
    try:
        yield
    finally:
        (store_dir / _STATE).unlink(missing_ok=True)
        lock.release()
