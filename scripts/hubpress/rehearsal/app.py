"""The routes, as one table, and what stands before every handler: who asks, and whether the question is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hubpress.rehearsal import commits, hub_collections, pulls, reads, writes
from hubpress.rehearsal.apps import Apps
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.guard import Guard
from hubpress.rehearsal.pages.pages import Pages, wants_page
from hubpress.rehearsal.protocol import Moved, Refused
from hubpress.rehearsal.store import Store
from hubpress.this_machine import LOOPBACK_NAMES

Handler = Callable[[Call], Awaitable[Response]]
_OnError = Callable[[Request, Exception], Awaitable[Response]]
_REPO = "/api/{kind}/{namespace}/{name}"
_COLLECTION = "/api/collections/{namespace}/{name}"
_TALK = _REPO + "/discussions/{num:int}"


class _Revision(StringConvertor):
    """A revision in an address: the branch of a pull request has slashes in its name."""

    regex = "refs/pr/[0-9]+|[^/]+"


register_url_convertor("revision", _Revision())
# Method, path, handler, and the query parameters that it understands; any other is refused.
_ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", "/api/whoami-v2", reads.whoami, ""),
    ("POST", "/api/validate-yaml", reads.validate_yaml, ""),
    ("POST", "/api/repos/create", writes.create, ""),
    ("POST", "/api/repos/move", writes.move, ""),
    ("GET", "/api/collections", hub_collections.listing, "owner item sort limit"),
    ("POST", "/api/collections", hub_collections.create, ""),
    ("GET", _COLLECTION, hub_collections.get, ""),
    ("PATCH", _COLLECTION, hub_collections.update, ""),
    ("DELETE", _COLLECTION, hub_collections.delete, ""),
    ("POST", _COLLECTION + "/items", hub_collections.add_item, ""),
    ("PATCH", _COLLECTION + "/items/{item}", hub_collections.update_item, ""),
    ("DELETE", _COLLECTION + "/items/{item}", hub_collections.delete_item, ""),
    ("GET", _REPO, reads.info, ""),
    ("GET", _REPO + "/revision/{revision:revision}", reads.info, ""),
    ("GET", _REPO + "/tree/{revision:revision}", reads.tree, "recursive expand"),
    ("GET", _REPO + "/tree/{revision:revision}/{path:path}", reads.tree, "recursive expand"),
    ("GET", _REPO + "/refs", reads.refs, "include_prs"),
    ("GET", _REPO + "/commits/{revision:revision}", reads.commits, ""),
    ("GET", _REPO + "/auth-check", reads.auth_check, ""),
    ("GET", _REPO + "/xet-{direction}-token/{revision:revision}", reads.no_xet, "create_pr"),
    ("GET", _REPO + "/discussions", pulls.listing, "p type status author"),
    ("POST", _REPO + "/discussions", pulls.create, ""),
    ("GET", _TALK, pulls.details, "diff"),
    ("POST", _TALK + "/comment", pulls.comment, ""),
    ("POST", _TALK + "/comment/{comment}/edit", pulls.edit_comment, ""),
    ("POST", _TALK + "/comment/{comment}/hide", pulls.hide_comment, ""),
    ("POST", _TALK + "/title", pulls.rename, ""),
    ("POST", _TALK + "/status", pulls.change_status, ""),
    ("POST", _TALK + "/merge", pulls.merge, ""),
    ("POST", _REPO + "/user-access-request/grant", writes.grant, ""),
    ("PUT", _REPO + "/settings", writes.settings, ""),
    ("POST", _REPO + "/tag/{revision:revision}", writes.add_tag, ""),
    ("DELETE", _REPO + "/tag/{revision:revision}", writes.delete_tag, ""),
    ("POST", _REPO + "/branch/{revision:revision}", writes.add_branch, ""),
    ("DELETE", _REPO + "/branch/{revision:revision}", writes.delete_branch, ""),
    ("POST", _REPO + "/preupload/{revision:revision}", writes.preupload, "create_pr"),
    ("POST", _REPO + "/commit/{revision:revision}", commits.commit, "create_pr hot_reload"),
    ("POST", _REPO + "/lfs-verify", writes.lfs_verify, ""),
    ("POST", "/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("POST", "/{kind}/{namespace}/{name}/info/lfs/objects/batch", writes.lfs_batch, ""),
    ("PUT", f"/storage/{writes.PLACE}/{{signature}}", writes.lfs_upload, ""),
    ("GET", "/{namespace}/{name}/resolve/{revision:revision}/{path:path}", reads.resolve, "download"),
    ("GET", "/{kind}/{namespace}/{name}/resolve/{revision:revision}/{path:path}", reads.resolve, "download"),
)

# What handlers raise at a body that is not as the protocol has it, or not there to its end.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, ClientDisconnect)


def build_app(store: Store, apps: Apps) -> Starlette:
    """Return the ASGI application that serves a store, and on its pages the apps of Spaces."""
    pages = Pages(apps)
    table = [("GET", "/", pages.index, ""), *_ROUTES, *((*page, None) for page in pages.routes)]
    routes = [Route(path, _endpoint(store, handler, query), methods=[verb]) for verb, path, handler, query in table]
    # A page elsewhere whose name leads to 127.0.0.1 must not read what is private here.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK_NAMES))
    refuse, misread = _refusals(pages)
    handlers = {HTTPException: refuse} | dict.fromkeys(_UNREADABLE, misread)
    return Starlette(routes=routes, middleware=[hosts, Middleware(Guard)], exception_handlers=handlers)


def _endpoint(store: Store, handler: Handler, query: str | None) -> Callable[[Request], Awaitable[Response]]:
    """Return what starlette calls; *query* None is a page, which leaves alone what it does not understand."""

    async def endpoint(request: Request) -> Response:
        if query is not None and (unknown := set(request.query_params) - set(query.split())):
            raise Refused(501, f"The rehearsal Hub does not know {', '.join(unknown)} at {request.url.path}")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        account = store.account(token)
        if token and account is None:
            raise Refused(401, "Invalid credentials in Authorization header")
        return await handler(Call(store, request, account))

    return endpoint


def _refusals(pages: Pages) -> tuple[_OnError, _OnError]:
    """Return the answers to errors in general, and to a body that no handler can read."""

    async def refuse(request: Request, error: Exception) -> Response:
        """As the Hub does, with JSON; to browsers as a page. What no route knows (starlette's own) is not done here."""
        if not isinstance(error, Refused):
            error = Refused(501, f"The rehearsal Hub does not know {request.method} {request.url.path}")
        if wants_page(request) and not isinstance(error, Moved):
            return pages.refusal(request, error)
        return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)

    async def misread(request: Request, error: Exception) -> Response:
        """Something in the body is missing, or of another type."""
        return await refuse(request, Refused(400, f"{request.url.path} does not understand its body ({error!r})"))

    return refuse, misread
