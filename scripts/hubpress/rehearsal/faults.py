"""Faults on request: while ``faults.json`` lies in the store's folder, requests are broken as it says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hubpress.files import write_json
from hubpress.schemas.document import DocumentError
from hubpress.schemas.hub_faults import Fault, load_faults

_FILE, _LOG = "faults.json", "faults.log"
_AFTER = "-after"


def break_requests(store_dir: Path, faults: Sequence[Fault]) -> None:
    """Tell the Hub of a store, also one that runs in another process, what to do to the next requests; none: nothing.

    What was told before is forgotten, with its counts.
    """
    write_json(store_dir / _FILE, [fault.as_json() for fault in faults])


def broken_requests(store_dir: Path) -> list[str]:
    """Return the requests that were broken in a store, oldest first: ``ACTION METHOD PATH``."""
    log = store_dir / _LOG
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


class Connections:
    """The open connections of a server by the client's address, so that one can be dropped without an answer."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's HTTP protocol, whose connections are known here."""
        known = self._open

        class Known(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client:
                    known[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    known.pop(self.client, None)
                super().connection_lost(exc)

        return Known

    async def drop(self, scope: Scope, receive: Receive) -> None:
        """Close the connection of a request at once, and wait until it is closed."""
        if transport := self._open.get(tuple(scope["client"])):
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class Faults:
    """An ASGI application around another one, which breaks the requests that the store's file tells of."""

    def __init__(self, app: ASGIApp, store_dir: Path, connections: Connections) -> None:
        self._app = app
        self._folder = store_dir
        self._connections = connections
        self._told: tuple[int, int] | None = None
        self._met: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or as the fault says."""
        # Which Hub this is can always be asked: it is how a running one is found.
        if scope["type"] != "http" or scope["path"] == "/" or not (self._folder / _FILE).exists():
            await self._app(scope, receive, send)
            return
        try:
            fault, receive = await self._fault(scope, receive)
        except (DocumentError, OSError) as error:
            await JSONResponse({"error": str(error)}, status_code=500)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        if fault is None:
            await self._app(scope, receive, send)
            return
        with (self._folder / _LOG).open("a", encoding="utf-8") as log:
            log.write(f"{fault.action} {scope['method']} {_address(scope)}\n")
        await self._break(fault, scope, receive, send)

    async def _fault(self, scope: Scope, receive: Receive) -> tuple[Fault | None, Receive]:
        """Return the first fault that fits and is due, and how to read the body after that."""
        faults = self._now_told()
        body: bytes | None = None
        for number, fault in enumerate(faults):
            if fault.method not in (None, scope["method"]) or not re.search(fault.path or "", _address(scope)):
                continue
            if fault.body is not None:
                body = await Request(scope, receive).body() if body is None else body
                if not re.search(fault.body, body.decode("utf-8", "replace")):
                    continue
            self._met[number] += 1
            due = self._met[number] - fault.skip
            if due > 0 and (fault.times < 1 or due <= fault.times):
                return fault, receive if body is None else _again(body, receive)
        return None, receive if body is None else _again(body, receive)

    def _now_told(self) -> tuple[Fault, ...]:
        path = self._folder / _FILE
        stat = path.stat()
        faults = load_faults(path)
        # Written anew is another file, also with the same words.
        if self._told != (stat.st_ino, stat.st_mtime_ns):
            self._told, self._met = (stat.st_ino, stat.st_mtime_ns), [0] * len(faults)
        return faults

    async def _break(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        action = fault.action.removesuffix(_AFTER)
        if action == "delay" and action == fault.action:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
            return
        answer: list[Message] = []
        if action != fault.action or action == "cut":

            async def keep(message: Message) -> None:
                answer.append(message)

            await self._app(scope, receive, keep)
        if action == "delay":
            await asyncio.sleep(fault.seconds)
        if action in ("drop", "cut"):
            for message in _half(answer) if action == "cut" else ():
                await send(message)
            await self._connections.drop(scope, receive)
        elif action == "delay":
            for message in answer:
                await send(message)
        else:
            await _wrong_answer(fault, action)(scope, receive, send)


def _wrong_answer(fault: Fault, action: str) -> Response:
    if action == "garbage":
        return PlainTextResponse("<html><body>It works!", media_type="text/html")
    said = {"error": fault.error} if fault.answer is None else fault.answer
    return JSONResponse(said, status_code=fault.status, headers=fault.headers)


def _half(answer: list[Message]) -> list[Message]:
    """Return the beginning of an answer: its headers, and half of its bytes."""
    start = [message for message in answer if message["type"] == "http.response.start"]
    body = b"".join(message.get("body", b"") for message in answer)
    return [*start, {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}]


def _address(scope: Scope) -> str:
    path, query = str(scope["path"]), scope["query_string"].decode("ascii", "replace")
    return json.dumps(f"{path}?{query}" if query else path)[1:-1]  # on one line, whatever it holds


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a *receive* that gives a body which was read already, and then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again
