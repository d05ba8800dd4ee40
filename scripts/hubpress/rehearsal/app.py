"""The routes, as one table, and what stands before every handler: who asks, and whether the question is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hubpress.rehearsal import LOOPBACK, reads, writes
from hubpress.rehearsal.accounts import Account
from hubpress.rehearsal.calls import Call
from hubpress.rehearsal.refusal import Refused
from hubpress.rehearsal.store import Store

Handler = Callable[[Call], Response]

_REPO = "/api/{kind}/{namespace}/{name}"
# Method, path, handler, and the query parameters that it understands; any other is refused.
_ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/", reads.index, ""),
    ("GET", "/api/whoami-v2", reads.whoami, ""),
    ("POST", "/api/validate-yaml", reads.validate_yaml, ""),
    ("POST", "/api/repos/create", writes.create, ""),
    ("GET", "/api/{kind}", reads.list_repositories, "author search limit cursor full cardData expand expand[]"),
    ("GET", _REPO, reads.info, "blobs expand expand[]"),
    ("GET", _REPO + "/revision/{revision}", reads.info, "blobs expand expand[]"),
    ("GET", _REPO + "/tree/{revision}", reads.tree, "recursive expand limit cursor"),
    ("GET", _REPO + "/tree/{revision}/{path:path}", reads.tree, "recursive expand limit cursor"),
    ("POST", _REPO + "/paths-info/{revision}", reads.paths_info, ""),
    ("GET", _REPO + "/refs", reads.refs, "include_prs"),
    ("GET", _REPO + "/commits/{revision}", reads.commits, "limit cursor"),
    ("PUT", _REPO + "/settings", writes.settings, ""),
    ("POST", _REPO + "/tag/{revision}", writes.add_tag, ""),
    ("DELETE", _REPO + "/tag/{revision}", writes.remove_tag, ""),
    ("POST", _REPO + "/branch/{revision}", writes.add_branch, ""),
    ("DELETE", _REPO + "/branch/{revision}", writes.remove_branch, ""),
    ("POST", _REPO + "/preupload/{revision}", writes.preupload, ""),
    ("POST", _REPO + "/commit/{revision}", writes.commit, ""),
    ("POST", _REPO + "/lfs-verify", writes.lfs_verify, ""),
    ("POST", "/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("POST", "/{kind}/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("GET", "/{kind}/{namespace}/{name}/resolve/{revision}/{path:path}", reads.resolve, "download"),
    ("GET", "/{namespace}/{name}/resolve/{revision}/{path:path}", reads.resolve, "download"),
)


def build_app(store: Store) -> ASGIApp:
    """Return the ASGI application that serves a store."""

    async def upload(request: Request) -> Response:
        return await _answered(lambda: writes.lfs_upload(store, request.path_params, request))

    async def unknown(request: Request, _: Exception) -> Response:
        return Refused(501, f"The rehearsal Hub does not know {request.method} {unquote(request.url.path)}").response()

    routes = [
        Route(path, _endpoint(store, handler, query), methods=[method]) for method, path, handler, query in _ROUTES
    ]
    routes.append(Route("/storage/{place:path}/{signature}", upload, methods=["PUT"]))
    # Not an error of the server: this Hub has no Xet storage, and a client may fall back to LFS.
    routes += [Route(f"{_REPO}/xet-{kind}-token/{{revision}}", _no_xet) for kind in ("read", "write")]
    # A page elsewhere whose name leads to 127.0.0.1 must not read what is private here.
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    return _with_raw_paths(Starlette(routes=routes, middleware=[guard], exception_handlers={HTTPException: unknown}))


def _endpoint(store: Store, handler: Handler, query: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        async def answer() -> Response:
            for name in request.query_params:
                if name not in query.split():
                    raise Refused(501, f"The rehearsal Hub does not know {name}= at {unquote(request.url.path)}")
            account = await run_in_threadpool(_account, store, request.headers.get("authorization"))
            params = {name: unquote(value) for name, value in request.path_params.items()}
            call = Call(
                store=store,
                account=account,
                url=request.url,
                base=str(request.base_url).rstrip("/"),
                headers=request.headers,
                params={**params, "raw_path": request.scope["path"]},
                query=request.query_params,
                body=await request.body(),
            )
            return await run_in_threadpool(handler, call)

        return await _answered(answer)

    return endpoint


async def _answered(answer: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await answer()
    except Refused as error:
        return error.response()


def _account(store: Store, authorization: str | None) -> Account | None:
    """Return who sent this Authorization header, None without one. Raises ``Refused`` when the token is unknown."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    account = store.accounts.of(token) if scheme.lower() == "bearer" else None
    if account is None:
        raise Refused(401, "Invalid credentials in Authorization header")
    return account


async def _no_xet(request: Request) -> Response:
    return Refused(404, f"This Hub has no Xet storage: {unquote(request.url.path)}").response()


def _with_raw_paths(app: ASGIApp) -> ASGIApp:
    """Match routes on the path as it was sent: a revision like ``refs%2Fpr%2F1`` must stay one piece of it."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("ascii", "replace")}
        await app(scope, receive, send)

    return wrapped
