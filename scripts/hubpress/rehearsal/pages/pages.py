"""The pages for people: what this Hub holds, a repository with its card, a Space with its app. No JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from hubpress.hub.loose_values import is_share
from hubpress.rehearsal import reads
from hubpress.rehearsal.apps import Apps, State, can_run, is_static
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.hub_collections import collection_of, items_of
from hubpress.rehearsal.pages.discussion_view import discussion_view
from hubpress.rehearsal.pages.listing import Listed, listed
from hubpress.rehearsal.pages.markdown import Place
from hubpress.rehearsal.pages.repository_view import view_of
from hubpress.rehearsal.protocol import Refused
from hubpress.rehearsal.repository import Repository
from hubpress.rehearsal.store import KINDS, Store

_FOLDER = Path(__file__).parent
# First parts of the protocol's own addresses: no owner's name.
_RESERVED = ("api", "storage", "spaces", "models", "datasets", "collections")
# Nothing of a page comes from elsewhere, nothing on it runs, and no other page frames it.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_REPO = "/{namespace}/{name}"


class Pages:
    """The pages of one store, and the apps that they start."""

    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"size": _size, "moment": _moment}
        self._templates.tests["share"] = is_share

    @property
    def routes(self) -> list[tuple[str, str, Callable[[Call], Awaitable[Response]]]]:
        """Method, path and handler of each page; to stand behind the protocol's own."""
        views = ("", "/tree/{revision:revision}", "/commit/{revision:revision}")
        either = (_REPO, f"/{{kind}}{_REPO}")
        pages = [("GET", f"{repository}{view}", self.repository) for repository in either for view in views]
        blobs = [("GET", f"{repository}/blob/{{revision:revision}}/{{path:path}}", self.blob) for repository in either]
        talks = [("GET", f"{repository}/discussions/{{num:int}}", self.discussion) for repository in either]
        families = [("GET", "/collections/{namespace}/{name}", self.collection)]
        files = [("GET", "/style.css", self.style), ("GET", "/favicon.ico", self.icon)]
        return [*files, *families, *pages, *blobs, *talks, ("POST", f"/{{kind}}{_REPO}/start", self.start)]

    async def index(self, call: Call) -> Response:
        """Answer /: the list of what is here for a browser, for programs what this server is."""
        if not wants_page(call.request):
            return await reads.index(call)
        groups = await asyncio.to_thread(_newest_first, call.store)
        return self._page("index.html.j2", groups=groups, address=str(call.request.base_url).rstrip("/"))

    async def repository(self, call: Call) -> Response:
        """Answer with the page of a repository, at a revision or as it is now."""
        view = await asyncio.to_thread(view_of, call.store, _repository(call), call.param("revision", "main"))
        app = None
        if view.is_space and view.is_head:
            # A page elsewhere may lead here, but not start anything by it.
            start = call.request.method == "GET" and _is_own(call.request)
            app = self._apps.state(view.repository, view.commit, start=start)
        kind = {"can_run": can_run(view.commit), "is_static": is_static(view.commit)}
        return self._page("repository.html.j2", frame=app, app=app, **kind, **vars(view))

    async def blob(self, call: Call) -> Response:
        """Answer the Hub's address of a file's page: the file itself."""
        commit = _repository(call).commit(call.param("revision"))
        return RedirectResponse(Place(_repository(call).page, commit.id, frozenset()).address(call.param("path")))

    async def discussion(self, call: Call) -> Response:
        """Answer with the page of a discussion or a pull request."""
        repository = _repository(call)
        view = await asyncio.to_thread(discussion_view, repository, call.request.path_params["num"])
        return self._page("discussion.html.j2", repository=repository, page=repository.page, **vars(view))

    async def collection(self, call: Call) -> Response:
        """Answer with the page of a collection."""
        found = collection_of(call)
        items = [(item, repository.page) for item, repository in items_of(call, found)]
        return self._page("collection.html.j2", **vars(found) | {"items": items})

    async def start(self, call: Call) -> Response:
        """Answer POST /spaces/…/start: start a Space's app, afresh if it is there, and lead to its page."""
        repository = _repository(call)
        if repository.kind != "spaces":
            raise HTTPException(404)
        self._apps.forget(repository)
        self._apps.state(repository, repository.commit("main"), start=True)
        return RedirectResponse(repository.page, status_code=303)

    async def style(self, call: Call) -> Response:
        """Answer with the style sheet of all pages."""
        return FileResponse(_FOLDER / "style.css", media_type="text/css", headers={"Cache-Control": "no-cache"})

    async def icon(self, call: Call) -> Response:
        """Answer what every browser asks for by itself."""
        return FileResponse(_FOLDER / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    def refusal(self, request: Request, error: Refused) -> Response:
        """Return an error as a page; what is not there, not known here or not to be seen is all the same 404."""
        hidden = error.status_code == 401 and error.code == "RepoNotFound"
        why = "There is no public repository of this name." if hidden else error.detail
        status = 404 if error.status_code in (400, 401, 403, 501) else error.status_code
        return self._page("error.html.j2", status, title=HTTPStatus(status).phrase, path=request.url.path, why=why)

    def _page(self, template: str, status: int = 200, *, frame: State | None = None, **values: Any) -> Response:
        policy = f"{_POLICY}; frame-src {frame.url}" if frame else _POLICY
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        headers |= {"X-Content-Type-Options": "nosniff"}
        # YAML and JSON may hold halves of characters, which no encoding has.
        html = self._templates.get_template(template).render(values).encode("utf-8", "replace")
        return HTMLResponse(html, status, headers)


def _newest_first(store: Store) -> dict[str, list[Listed]]:
    return {kind: sorted(listed(store, kind), key=lambda one: one.commit.date, reverse=True) for kind in KINDS}


def wants_page(request: Request) -> bool:
    """Return whether a browser asks, which reads HTML; no program that speaks the protocol does."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _is_own(request: Request) -> bool:
    """Return whether a person or this Hub's own page asks, not a page elsewhere through a person's browser."""
    return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _repository(call: Call) -> Repository:
    """Return the repository of a page. Raises ``HTTPException`` for addresses that are no page's."""
    if call.param("kind", "spaces") not in ("spaces", "datasets") or call.param("namespace") in _RESERVED:
        raise HTTPException(404)
    return call.repository()


def _size(count: int) -> str:
    """Return a number of bytes as the Hub writes it."""
    value, unit = float(count), "byte" if count == 1 else "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    digits = 0 if value == count or value >= 100 else 1
    return f"{value:.{digits}f} {unit}"


def _moment(date: str) -> str:
    """Return a moment of the store's form to the minute."""
    return f"{date[:10]} {date[11:16]} UTC"
