"""The store: a folder with all repositories, users and tokens.

There are no locks: one process serves a store (``server.py``), and one thread of it writes, one request after another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubError
from hubpress.files import read_json, to_json, write_json
from hubpress.rehearsal.protocol import USER, Refused
from hubpress.rehearsal.repository import Repository

KINDS = ("models", "datasets", "spaces")
_NAME = re.compile(r"(?![.-])(?!.*(--|\.\.))[A-Za-z0-9._-]{1,96}(?<![.-])(?<!\.git)(?<!\.ipynb)")


@dataclass(frozen=True)
class Account:
    """Whose token it is, and what it may do: ``write`` or ``read``."""

    user: str
    role: str


class Store:
    """A folder with all repositories and tokens, made on first use.

    ``write_token`` may write as the user, ``read_token`` only read. ``identity`` is a name for the store that stays the
    same and tells nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._organisations = self.folder / "organisations.json"
        self._others = self.folder / "others.json"
        self._moves = self.folder / "moves.json"
        tokens = self.folder / "tokens.json"
        if not tokens.exists():
            _make_tokens(tokens)
        try:
            known = read_json(tokens)
            self._key = known["upload_key"].encode()
            self._own = {token: Account(USER, entry["role"]) for token, entry in known["tokens"].items()}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            hint = "Take it away: new tokens are made then, and the repositories stay."
            raise HubError("the rehearsal Hub's tokens cannot be read.", where=str(tokens), hint=hint) from error
        self.write_token, self.read_token = sorted(self._own, key=lambda token: self._own[token].role, reverse=True)
        self.identity = self.sign("identity")[:16]

    @property
    def organisations(self) -> list[str]:
        """The organisations that the user is a member of."""
        return list(read_json(self._organisations)) if self._organisations.exists() else []

    def add_organisation(self, name: str) -> None:
        """Make the user a member of an organisation, at once, also for a server that is running."""
        write_json(self._organisations, sorted({*self.organisations, name}))

    def add_user(self, name: str) -> str:
        """Return the token that writes as another user, *name*, at once, also for a server that is running."""
        write_json(self._others, sorted({*self._names_of_others(), name}))
        return self._token_of(name)

    def account(self, token: str) -> Account | None:
        """Return whose token this is, None when nobody's."""
        if known := self._own.get(token):
            return known
        for name in self._names_of_others():
            if token == self._token_of(name):
                return Account(name, "write")
        return None

    def _names_of_others(self) -> list[str]:
        return list(read_json(self._others)) if self._others.exists() else []

    def _token_of(self, name: str) -> str:
        # Written nowhere: the one file that keeps secrets is that of the tokens.
        return f"hf_{self.sign(f'token of {name}')[:34]}"

    def sign(self, text: str) -> str:
        """Return a signature of *text* that only this store can make; it outlives a restart."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def repository(self, kind: str, repo_id: str) -> Repository:
        """Return a repository of a kind (one of ``KINDS``), be it there or not. Raises ``Refused`` if misnamed."""
        parts = repo_id.split("/")
        if len(parts) != 2 or not all(map(_NAME.fullmatch, parts)):
            raise Refused(400, f"Invalid name for a {kind}: {repo_id}")
        return Repository(self.folder / "repositories" / kind / repo_id, kind, repo_id)

    def move(self, repository: Repository, there: Repository) -> None:
        """Give a repository another name, under which nothing is. Who asks for the old one is led on."""
        there.folder.parent.mkdir(parents=True, exist_ok=True)
        # Noted first: the note says nothing as long as the repository has its old name.
        old, new = (f"{one.kind}/{one.id}" for one in (repository, there))
        write_json(self._moves, self._known_moves() | {old: new})
        repository.folder.rename(there.folder)

    def moved(self, repository: Repository) -> Repository | None:
        """Return the repository that once had this name, None where there was none."""
        moves, name = self._known_moves(), f"{repository.kind}/{repository.id}"
        seen: set[str] = set()
        while name in moves and name not in seen:
            seen.add(name)
            name = moves[name]
            there = self.repository(*name.split("/", 1))
            if there.folder.is_dir():
                return there
        return None

    def _known_moves(self) -> dict[str, str]:
        return dict(read_json(self._moves)) if self._moves.exists() else {}

    def sweep(self) -> None:
        """Remove what a killed server left half-done. Only for the process that serves this store."""
        for leftover in (self.folder / "repositories").glob("*/*/.new-*"):
            shutil.rmtree(leftover)
        for leftover in (self.folder / "repositories").glob("*/*/*/incoming/*"):
            leftover.unlink()


def _make_tokens(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tokens = {f"hf_{secrets.token_hex(17)}": {"role": role} for role in ("write", "read")}
    # A temporary file is for its owner only, and so is a link to it. Two processes may start at once: the first link
    # wins, and both read the winner's tokens.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft, suppress(FileExistsError):
        draft.write(to_json({"upload_key": secrets.token_hex(32), "tokens": tokens}))
        draft.flush()
        os.fsync(draft.fileno())
        path.hardlink_to(draft.name)
