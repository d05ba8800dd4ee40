"""The pages for people: what this Hub holds, a model with its card, a Space with its app. HTML, and no JavaScript."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from hubpress.hub.loose_values import is_share
from hubpress.layout import APP
from hubpress.rehearsal import reads
from hubpress.rehearsal.apps import Apps, State
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.pages.listing import address_of, listed
from hubpress.rehearsal.pages.markdown import Place
from hubpress.rehearsal.pages.repository_view import view_of
from hubpress.rehearsal.store import KINDS, Repository

_FOLDER = Path(__file__).parent
# First parts of the protocol's own addresses: no owner's name.
_RESERVED = ("api", "storage", "spaces", "models", "datasets")
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
        files = [("GET", "/style.css", self.style), ("GET", "/favicon.ico", self.icon)]
        return [*files, *pages, *blobs, ("POST", f"/{{kind}}{_REPO}/start", self.start)]

    async def index(self, call: Call) -> Response:
        """Answer /: the list of what is here for a browser, for programs what this server is."""
        if not wants_page(call.request):
            return await reads.index(call)
        groups = {
            kind: sorted(listed(call.store, kind), key=lambda one: one.commit.date, reverse=True) for kind in KINDS
        }
        return self._page("index.html.j2", groups=groups, address=str(call.request.base_url).rstrip("/"))

    async def repository(self, call: Call) -> Response:
        """Answer with the page of a model or a Space, at a revision or as it is now."""
        view = view_of(call.store, _repository(call), call.param("revision", "main"))
        app = None
        if view.is_space and view.is_head:
            # A page elsewhere may lead here, but not start anything by it.
            start = call.request.method == "GET" and _is_own(call.request)
            app = self._apps.state(view.repository, view.commit, start=start)
        return self._page("repository.html.j2", frame=app, app=app, app_file=APP, **vars(view))

    async def blob(self, call: Call) -> Response:
        """Answer the Hub's address of a file's page: the file itself."""
        commit = _repository(call).commit(call.param("revision"))
        return RedirectResponse(
            Place(address_of(_repository(call)), commit.id, frozenset()).address(call.param("path"))
        )

    async def start(self, call: Call) -> Response:
        """Answer POST /spaces/…/start: start a Space's app, afresh if it is there, and lead to its page."""
        repository = _repository(call)
        if not _is_own(call.request):
            raise HTTPException(404)
        self._apps.forget(repository)
        self._apps.state(repository, repository.commit("main"), start=True)
        return RedirectResponse(address_of(repository), status_code=303)

    async def style(self, call: Call) -> Response:
        """Answer with the style sheet of all pages."""
        return FileResponse(_FOLDER / "style.css", media_type="text/css", headers={"Cache-Control": "no-cache"})

    async def icon(self, call: Call) -> Response:
        """Answer what every browser asks for by itself."""
        return FileResponse(_FOLDER / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    def refusal(self, request: Request, status: int, sentence: str) -> Response:
        """Return an error as a page; what is not there, not known here or not to be seen is all the same 404."""
        why = "There is no public repository of this name." if status == 401 else sentence
        status = 404 if status in (400, 401, 403, 501) else status
        return self._page("error.html.j2", status, title=HTTPStatus(status).phrase, path=request.url.path, why=why)

    def _page(self, template: str, status: int = 200, *, frame: State | None = None, **values: Any) -> Response:
        policy = f"{_POLICY}; frame-src {frame.url}" if frame else _POLICY
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        headers |= {"X-Content-Type-Options": "nosniff"}
        # YAML and JSON may hold halves of characters, which no encoding has.
        html = self._templates.get_template(template).render(values).encode("utf-8", "replace")
        return HTMLResponse(html, status, headers)


def wants_page(request: Request) -> bool:
    """Return whether a browser asks, which reads HTML; no program that speaks the protocol does."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _is_own(request: Request) -> bool:
    """Return whether a person or this Hub's own page asks, not a page elsewhere through a person's browser."""
    return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _repository(call: Call) -> Repository:
    """Return the repository of a page. Raises ``HTTPException`` for addresses that are no page's."""
    if call.param("kind", "spaces") != "spaces" or call.param("namespace") in _RESERVED:
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
