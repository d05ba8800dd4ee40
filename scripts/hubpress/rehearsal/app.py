"""The routes, as one table, and what stands before every handler: who asks, and whether the question is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hubpress.rehearsal import LOOPBACK, Refused, reads, writes
from hubpress.rehearsal.calls import Call
from hubpress.rehearsal.store import Store

Handler = Callable[[Call], Awaitable[Response]]
_REPO = "/api/{kind}/{namespace}/{name}"
# Method, path, handler, and the query parameters that it understands; any other is refused.
_ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/", reads.index, ""),
    ("GET", "/api/whoami-v2", reads.whoami, ""),
    ("POST", "/api/validate-yaml", reads.validate_yaml, ""),
    ("POST", "/api/repos/create", writes.create, ""),
    ("GET", _REPO, reads.info, ""),
    ("GET", _REPO + "/revision/{revision}", reads.info, ""),
    ("GET", _REPO + "/tree/{revision}", reads.tree, "recursive expand"),
    ("GET", _REPO + "/tree/{revision}/{path:path}", reads.tree, "recursive expand"),
    ("GET", _REPO + "/refs", reads.refs, ""),
    ("GET", _REPO + "/commits/{revision}", reads.commits, ""),
    ("GET", _REPO + "/xet-{direction}-token/{revision}", reads.no_xet, ""),
    ("PUT", _REPO + "/settings", writes.settings, ""),
    ("POST", _REPO + "/tag/{revision}", writes.add_tag, ""),
    ("POST", _REPO + "/preupload/{revision}", writes.preupload, ""),
    ("POST", _REPO + "/commit/{revision}", writes.commit, ""),
    ("POST", _REPO + "/lfs-verify", writes.lfs_verify, ""),
    ("POST", "/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("POST", "/{kind}/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("PUT", f"/storage/{writes.PLACE}/{{signature}}", writes.lfs_upload, ""),
    ("GET", "/{namespace}/{name}/resolve/{revision}/{path:path}", reads.resolve, "download"),
    ("GET", "/{kind}/{namespace}/{name}/resolve/{revision}/{path:path}", reads.resolve, "download"),
)

# What handlers raise at a body that is not as the protocol has it, or not there to its end.
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, ClientDisconnect)


def build_app(store: Store) -> Starlette:
    """Return the ASGI application that serves a store."""
    routes = [Route(path, _endpoint(store, handler, query), methods=[verb]) for verb, path, handler, query in _ROUTES]
    # A page elsewhere whose name leads to 127.0.0.1 must not read what is private here.
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    handlers = {HTTPException: _refuse} | dict.fromkeys(_UNREADABLE, _misread)
    return Starlette(routes=routes, middleware=[guard], exception_handlers=handlers)


def _endpoint(store: Store, handler: Handler, query: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if unknown := set(request.query_params) - set(query.split()):
            raise Refused(501, f"The rehearsal Hub does not know {', '.join(unknown)} at {request.url.path}")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        role = store.roles.get(token)
        if token and role is None:
            raise Refused(401, "Invalid credentials in Authorization header")
        return await handler(Call(store, request, role))

    return endpoint


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer in the Hub's way, with JSON. What no route knows (an error of starlette's own) is not done here."""
    if not isinstance(error, Refused):
        error = Refused(501, f"The rehearsal Hub does not know {request.method} {request.url.path}")
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)


async def _misread(request: Request, error: Exception) -> Response:
    """Answer to a body that no handler can read: something in it is missing, or of another type."""
    return await _refuse(request, Refused(400, f"{request.url.path} does not understand its body ({error!r})"))
