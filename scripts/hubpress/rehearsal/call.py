"""One request as the handlers see it: who asks, for which repository, with which body."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from hubpress.files import JsonObject
from hubpress.rehearsal.discussions import Discussion
from hubpress.rehearsal.protocol import USER, Moved, Refused
from hubpress.rehearsal.repository import Repository
from hubpress.rehearsal.store import KINDS, Account, Store


@dataclass(frozen=True)
class Call:
    """A request to a store; *account* is its token's, None when it came without a token."""

    store: Store
    request: Request
    account: Account | None

    def param(self, name: str, default: str = "") -> str:
        """Return a part of the path."""
        return str(self.request.path_params.get(name, default))

    def asks(self, name: str) -> bool:
        """Return whether a yes-or-no parameter of the query is on."""
        return self.request.query_params.get(name, "").lower() in ("true", "1")

    async def json(self, *known: str) -> JsonObject:
        """Return the body, a JSON object. Raises ``Refused`` when it holds more than the *known* fields (if any)."""
        body: JsonObject = dict(await self.request.json())
        if known and (unknown := sorted(body.keys() - set(known))):
            raise Refused(501, f"The rehearsal Hub does not do {', '.join(unknown)} at {self.request.url.path}")
        return body

    def kind(self, name: str) -> str:
        """Return the kind of repository, such as models, of its name or that in the singular. Raises ``Refused``."""
        kind = f"{name.removesuffix('s')}s"
        if kind not in KINDS:
            raise Refused(
                501, f"The rehearsal Hub keeps models, data sets and Spaces, no {name}: {self.request.url.path}"
            )
        return kind

    def url(self, repository: Repository) -> str:
        """Return the address of a repository, on this Hub as the caller knows it."""
        return f"{self.request.base_url}{repository.page[1:]}"

    def repository(self, *, write: bool = False) -> Repository:
        """Return the repository of the path, if the caller may see it, or *write* to it. Raises ``Refused``."""
        namespace, name = self.param("namespace"), self.param("name").removesuffix(".git")
        repository = self.store.repository(self.kind(self.param("kind", "models")), f"{namespace}/{name}")
        if not repository.folder.is_dir():
            self._lead_on(repository)
        if not self.sees(repository):
            # As on the Hub: who is not logged in is not told whether a private repository is there.
            status, words = (404, "Repository not found") if self.account else (401, "Invalid username or password.")
            raise Refused(status, words, "RepoNotFound")
        if write:
            self.check_writer(namespace)
        return repository

    def sees(self, repository: Repository) -> bool:
        """Return whether a repository is there, and the caller may know of it."""
        if not repository.folder.is_dir():
            return False
        return not repository.settings.private or self.is_member(repository.id.partition("/")[0])

    def check_access(self, repository: Repository) -> None:
        """Raise ``Refused`` if the repository is gated, and the caller may not read its files."""
        settings, (owner, _) = repository.settings, repository.id.split("/")
        if not settings.gated or self.is_member(owner) or (self.account and self.account.user in settings.granted):
            return
        start = f"Access to {repository.kind.removesuffix('s')} {repository.id} is restricted"
        if self.account is None:
            words = f"{start}. You must have access to it and be authenticated to access it. Please log in."
            raise Refused(401, words, "GatedRepo")
        words = f"{start} and you are not in the authorized list. Visit {self.url(repository)} to ask for access."
        raise Refused(403, words, "GatedRepo")

    def _lead_on(self, repository: Repository) -> None:
        """Raise ``Moved`` if the repository, which is not there, has another name now, and the caller may know it."""
        there = self.store.moved(repository)
        if there and self.sees(there):
            raw = self.request.scope["raw_path"].decode("ascii")
            query = f"?{self.request.url.query}" if self.request.url.query else ""
            raise Moved(f"{raw.replace(f'/{repository.id}', f'/{there.id}', 1)}{query}")

    def writer(self) -> str:
        """Return the user's name. Raises ``Refused`` unless the token may write at all."""
        if self.account is None:
            raise Refused(401, "Invalid username or password.")
        if self.account.role != "write":
            raise Refused(403, "Forbidden: you must use a token with the role write, this one may only read")
        return self.account.user

    def check_writer(self, namespace: str) -> None:
        """Raise ``Refused`` unless the caller may write to this namespace."""
        self.writer()
        if not self.is_member(namespace):
            raise Refused(403, f'You don\'t have the rights to write under the namespace "{namespace}"')

    def changeable(self, discussion: Discussion) -> Discussion:
        """Return a discussion of the path's repository, if the caller may change it. Raises ``Refused``."""
        if self.writer() != discussion.author:
            self.check_writer(self.param("namespace"))
        return discussion

    def is_member(self, namespace: str) -> bool:
        """Return whether this namespace is the caller's own, or an organisation of theirs."""
        if self.account is None:
            return False
        own = self.account.user
        return namespace in (own, *(self.store.organisations if own == USER else ()))
