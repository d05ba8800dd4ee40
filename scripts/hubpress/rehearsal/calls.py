"""One request as the handlers see it, and the answers in the Hub's own form: JSON, errors, pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import URL, Headers, QueryParams
from starlette.responses import JSONResponse, Response

from hubpress.rehearsal.accounts import Account
from hubpress.rehearsal.refusal import Refused
from hubpress.rehearsal.store import KINDS, Commit, Repository, Store


@dataclass(frozen=True)
class Call:
    """A request, read in full: who asks (None: nobody known), for what, with which body."""

    store: Store
    account: Account | None
    url: URL
    base: str
    headers: Headers
    params: dict[str, str]
    query: QueryParams
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises ``Refused``."""
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise Refused(400, f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise Refused(400, "The body must be a JSON object")
        return value

    def form(self) -> dict[str, Any]:
        """Return the body as names and lists of values, whether it came as JSON or as a form. Raises ``Refused``."""
        if self.headers.get("content-type", "").startswith("application/json"):
            return self.json()
        fields: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True):
            fields.setdefault(name, []).append(value)
        return fields

    def kind(self) -> str:
        """Return the kind of repository that the path speaks of: model or space."""
        plural = self.params.get("kind", "models")
        for kind, name in KINDS.items():
            if plural == name:
                return kind
        raise Refused(501, f"The rehearsal Hub keeps models and Spaces, no {plural}: {self.url.path}")

    def repository(self) -> Repository:
        """Return the repository of the path, if the caller may see it. Raises ``Refused``."""
        namespace, name = self.params["namespace"], self.params["name"]
        repository = self.store.repository(self.kind(), f"{namespace}/{name.removesuffix('.git')}")
        if repository is not None and self.may_see(repository):
            return repository
        # As on the Hub: who is not logged in is not told whether a private repository is there.
        if self.account is None:
            raise Refused(401, "Invalid username or password.", "RepoNotFound")
        raise Refused(404, "Repository not found", "RepoNotFound")

    def may_see(self, repository: Repository) -> bool:
        """Return whether the caller may see a repository: it is public, or the caller belongs to its namespace."""
        namespace = repository.id.partition("/")[0]
        return not repository.settings.private or (self.account is not None and self.account.belongs_to(namespace))

    def writable(self) -> Repository:
        """Return the repository of the path, if the caller may write to it. Raises ``Refused``."""
        repository = self.repository()
        self.writer(self.params["namespace"], "Forbidden: you do not have write access to this repository")
        return repository

    def writer(self, namespace: str, refusal: str) -> Account:
        """Return the caller, if a token with the role write is there and belongs to *namespace*. Raises ``Refused``."""
        account = self.known()
        if account.role != "write":
            raise Refused(403, "Forbidden: you must use a token with the role write, this one may only read")
        if not account.belongs_to(namespace):
            raise Refused(403, refusal)
        return account

    def known(self) -> Account:
        """Return the caller. Raises ``Refused`` when there was no token."""
        if self.account is None:
            raise Refused(401, "Invalid username or password.")
        return self.account

    def commit(self, repository: Repository) -> Commit:
        """Return the commit of the path's revision. Raises ``Refused``."""
        return repository.commit(self.params.get("revision", "main"))


def page(call: Call, items: list[Any], size: int) -> Response:
    """Return one page of a list, and in the Link header where the next one is."""
    try:
        start = int(call.query.get("cursor", "0"))
        size = min(int(call.query.get("limit", size)), size)
    except ValueError as error:
        raise Refused(400, "cursor and limit must be numbers") from error
    if start < 0 or size < 1:
        raise Refused(400, "cursor and limit must be positive")
    headers = {}
    if start + size < len(items):
        others = [(name, value) for name, value in call.query.multi_items() if name != "cursor"]
        # From the raw path: a revision or folder with an escaped slash must stay escaped.
        address = f"{call.base}{call.params['raw_path']}?{urlencode([*others, ('cursor', str(start + size))])}"
        headers["Link"] = f'<{address}>; rel="next"'
    return JSONResponse(items[start : start + size], headers=headers)
