"""What no handler sees: addresses that nothing can have, bodies without bound, and pages elsewhere that would write."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubpress.rehearsal.protocol import Refused

_READING = ("GET", "HEAD", "OPTIONS")
_TOO_LONG = 413
_MIB = 1024 * 1024
_LONGEST_BODY = 16 * _MIB
# Small files travel in the commit itself.
_LONGEST_COMMIT = 128 * _MIB
# What of a body that is too long is taken and dropped, for the client to read the answer.
_DROPPED_BYTES = 1024 * _MIB
_DROPPED_SECONDS = 10.0


class Guard:
    """An ASGI application around another one, which answers 400, 403 or 413 in its place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, bound = Headers(scope=scope), _bound(scope)
        body = _Body(receive, send, bound)
        if refused := _refused(scope, headers, bound):
            body.left = refused.status_code == _TOO_LONG
            await JSONResponse({"error": refused.detail}, refused.status_code)(scope, receive, body.send)
            return
        await self._app(scope, body.receive, body.send)


class _Body:
    """The body of a request, with a bound; once there is more, the answer comes first, and then the rest is dropped.

    A connection that is closed at once would lose the answer for clients that send first and read then.
    """

    def __init__(self, receive: Receive, send: Send, bound: int | None) -> None:
        self._receive, self._send, self._bound = receive, send, bound
        self._received = 0
        self.left = False

    async def receive(self) -> Message:
        """Return the next message. Raises ``Refused`` once there is more than the bound, whatever was announced."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._bound is not None and self._received > self._bound:
            self.left = True
            raise _too_long(self._bound)
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the answer."""
        if self.left and message["type"] == "http.response.body" and not message.get("more_body"):
            await self._send({**message, "more_body": True})
            await self._drop()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _drop(self) -> None:
        dropped = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_DROPPED_SECONDS):
                while dropped < _DROPPED_BYTES:
                    message = await self._receive()
                    if not message.get("more_body"):
                        return
                    dropped += len(message["body"])


def _refused(scope: Scope, headers: Headers, bound: int | None) -> Refused | None:
    if not str(scope["path"]).isprintable():
        return Refused(400, "An address holds no control characters")
    if scope["method"] not in _READING and not _is_from_here(headers):
        return Refused(403, "A page elsewhere may not write here")
    announced = headers.get("content-length", "")
    if bound is not None and announced.isdecimal() and int(announced) > bound:
        return _too_long(bound)
    return None


def _is_from_here(headers: Headers) -> bool:
    """Return whether no browser asks, or one for this Hub's own page; also a Space's app is a page elsewhere."""
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin in (None, f"http://{headers.get('host')}")


def _bound(scope: Scope) -> int | None:
    """Return how long a body may be; None for large files: their address says it, and they are not held in memory."""
    path = str(scope["path"])
    if path.startswith("/storage/"):
        return None
    return _LONGEST_COMMIT if "/commit/" in path else _LONGEST_BODY


def _too_long(bound: int) -> Refused:
    return Refused(_TOO_LONG, f"The body is longer than {bound} bytes")
