"""The pages for people: what this Hub holds, a model with its card, a Space with its app. HTML, and no JavaScript."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from hubpress.hub.loose_values import is_share
from hubpress.layout import APP, CARD, EVALUATION
from hubpress.rehearsal import reads
from hubpress.rehearsal.apps import Apps, State
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.pages.card_view import Example, read_facts, with_measured_answers
from hubpress.rehearsal.pages.markdown import Place, render
from hubpress.rehearsal.store import KINDS, Commit, Repository, Store

_FOLDER = Path(__file__).parent
_COMMITS = 50
_WORDS = {"models": "model", "spaces": "Space"}
# First parts of the protocol's own addresses: no owner's name.
_RESERVED = ("api", "storage", "spaces", "models", "datasets")
# Nothing of a page comes from elsewhere, nothing on it runs, and no other page frames it.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_REPO = "/{namespace}/{name}"


@dataclass(frozen=True)
class _Listed:
    """A public repository: its name and page, what it is in a word, its newest commit, the models that it uses."""

    id: str
    page: str
    title: str
    commit: Commit
    models: tuple[str, ...]


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
        either = (("", self.repository), ("/tree/{revision}", self.repository), ("/commit/{revision}", self.repository))
        pages = [("GET", f"{kind}{_REPO}{rest}", handler) for kind in ("", "/{kind}") for rest, handler in either]
        blobs = [("GET", f"{kind}{_REPO}/blob/{{revision}}/{{path:path}}", self.blob) for kind in ("", "/{kind}")]
        files = [("GET", "/style.css", self.style), ("GET", "/favicon.ico", self.icon)]
        return [*files, *pages, *blobs, ("POST", f"/{{kind}}{_REPO}/start", self.start)]

    async def index(self, call: Call) -> Response:
        """Answer /: the list of what is here for a browser, for programs what this server is."""
        if not wants_page(call.request):
            return await reads.index(call)
        groups = {
            kind: sorted(_listed(call.store, kind), key=lambda one: one.commit.date, reverse=True) for kind in KINDS
        }
        return self._page("index.html.j2", groups=groups, address=str(call.request.base_url).rstrip("/"))

    async def repository(self, call: Call) -> Response:
        """Answer with the page of a model or a Space, at a revision or as it is now."""
        repository = _repository(call)
        head = repository.commit("main")
        commit = repository.commit(call.param("revision", "main"))
        history = list(repository.history(commit.id))
        page = _address(repository)
        text = repository.text(commit, CARD)
        facts = read_facts(text, repository.kind)
        examples: Sequence[Example] = facts.examples
        if any(example.answers is None for example in examples):
            examples = with_measured_answers(examples, repository.text(commit, EVALUATION))
        tags: dict[str, list[str]] = {}
        for name, sha in repository.settings.tags.items():
            tags.setdefault(sha, []).append(name)
        state = None
        is_space, is_head = repository.kind == "spaces", commit.id == head.id
        if is_space and is_head:
            # A page elsewhere may lead here, but not start anything by it.
            state = self._apps.state(repository, commit, start=call.request.method == "GET" and _is_own(call.request))
        place = Place(page, commit.id, frozenset(commit.files))
        return self._page(
            "repository.html.j2",
            frame=state,
            repository=repository,
            page=page,
            word=_WORDS[repository.kind],
            is_space=is_space,
            is_head=is_head,
            app=state,
            known={one.id: one.page for one in _listed(call.store, "models")},
            users=[one for one in _listed(call.store, "spaces") if not is_space and repository.id in one.models],
            app_file=APP,
            commit=commit,
            commits=history[:_COMMITS],
            older=len(history[_COMMITS:]),
            tags=tags,
            facts=facts,
            examples=examples,
            card=render(facts.body, place),
            place=place,
            files=sorted(commit.files.items()),
            total=sum(file.size for file in commit.files.values()),
        )

    async def blob(self, call: Call) -> Response:
        """Answer the Hub's address of a file's page: the file itself."""
        commit = _repository(call).commit(call.param("revision"))
        return RedirectResponse(Place(_address(_repository(call)), commit.id, frozenset()).address(call.param("path")))

    async def start(self, call: Call) -> Response:
        """Answer POST /spaces/…/start: start a Space's app, afresh if it is there, and lead to its page."""
        repository = _repository(call)
        if not _is_own(call.request):
            raise HTTPException(404)
        self._apps.forget(repository)
        self._apps.state(repository, repository.commit("main"), start=True)
        return RedirectResponse(_address(repository), status_code=303)

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


def _address(repository: Repository) -> str:
    return f"{'/spaces' if repository.kind == 'spaces' else ''}/{repository.id}"


def _listed(store: Store, kind: str) -> Iterator[_Listed]:
    for repository in _all(store, kind):
        if not repository.settings.private:
            commit = repository.commit("main")
            lines = dict(read_facts(repository.text(commit, CARD), kind).lines)
            title = lines.get("Title" if kind == "spaces" else "Task", ("",))[0]
            yield _Listed(repository.id, _address(repository), title, commit, lines.get("Models", ()))


def _all(store: Store, kind: str) -> Iterator[Repository]:
    for folder in sorted((store.folder / "repositories" / kind).glob("*/*/repository.json")):
        repo_id = "/".join(folder.parts[-3:-1])
        if not folder.parent.name.startswith("."):  # one that is just being made
            yield store.repository(kind, repo_id)


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
