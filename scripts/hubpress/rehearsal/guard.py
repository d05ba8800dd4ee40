"""What no handler sees: addresses that nothing can have, bodies without bound, and pages elsewhere that would write."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubpress.rehearsal.protocol import Refused

_READING = ("GET", "HEAD", "OPTIONS")
_MIB = 1024 * 1024
_LONGEST_BODY = 16 * _MIB
# Small files travel in the commit itself.
_LONGEST_COMMIT = 128 * _MIB


class Guard:
    """An ASGI application around another one, which answers 400, 403 or 413 in its place."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or refuse."""
        if scope["type"] == "http":
            headers, bound = Headers(scope=scope), _bound(scope)
            refused = _refused(scope, headers, bound)
            if refused:
                # The rest of the body is not waited for.
                answer = JSONResponse({"error": refused.detail}, refused.status_code, {"Connection": "close"})
                await answer(scope, receive, send)
                return
            receive = receive if bound is None else _bounded(receive, bound)
        await self._app(scope, receive, send)


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


def _bounded(receive: Receive, bound: int) -> Receive:
    """Return a *receive* that raises ``Refused`` once there is more of a body than *bound*, whatever was announced."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > bound:
            raise _too_long(bound)
        return message

    return bounded


def _too_long(bound: int) -> Refused:
    refused = Refused(413, f"The body is longer than {bound} bytes")
    refused.headers = {**(refused.headers or {}), "Connection": "close"}
    return refused
