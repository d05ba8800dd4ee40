"""Repositories and tokens on disk. Whenever a process dies, a commit is whole or absent.

A commit writes its contents first, then its own record, and moves the branch last, by one atomic rename. There are no
locks: one process serves a store (``server.py``), and one thread of it answers, one question after the other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from hubpress.errors import HubError
from hubpress.files import read_json, to_json, write_json
from hubpress.rehearsal.git_objects import StoredFile
from hubpress.rehearsal.protocol import USER, Refused

KINDS = ("models", "spaces")
_NAME = re.compile(r"(?![.-])(?!.*(--|\.\.))[A-Za-z0-9._-]{1,96}(?<![.-])(?<!\.git)(?<!\.ipynb)")
_TAG = re.compile(r"(?![0-9a-f]{7,40}$)(?!.*\.\.)\w[\w.+-]{0,199}(?<!\.)(?<!\.lock)")


@dataclass(frozen=True)
class Commit:
    """One commit: its files by path, and who wrote it when and why."""

    id: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    files: dict[str, StoredFile]


@dataclass(frozen=True)
class Settings:
    """What a repository is beside its commits: visibility, age, its branch ``main`` and tags (name -> commit id)."""

    private: bool
    created_at: str
    branches: dict[str, str]
    tags: dict[str, str]


@dataclass(frozen=True)
class Repository:
    """A repository's folder; every read goes to disk."""

    folder: Path
    kind: str
    id: str

    def create(self, files: dict[str, bytes], *, private: bool) -> None:
        """Make the repository, which is not there, with a first commit of *files*."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # Built aside and renamed, so that nobody ever sees a repository without its first commit.
        draft = replace(self, folder=Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".new-")))
        for name in ("blobs", "large", "commits", "incoming"):
            (draft.folder / name).mkdir()
        write_json(draft.folder / "repository.json", asdict(Settings(private, _now(), {}, {})))
        stored = {path: draft.add_small(content) for path, content in files.items()}
        draft.add_commit(None, stored, "initial commit")
        draft.folder.rename(self.folder)

    @property
    def settings(self) -> Settings:
        """Visibility, branch and tags as they are now."""
        return Settings(**read_json(self.folder / "repository.json"))

    def change(self, **values: Any) -> None:
        """Replace some of the settings, atomically."""
        write_json(self.folder / "repository.json", asdict(replace(self.settings, **values)))

    def history(self, revision: str) -> Iterator[Commit]:
        """Yield the commits of a revision (main, a tag, 7 and more letters of a commit), newest first.

        Raises ``Refused``.
        """
        settings = self.settings
        wanted = {**settings.tags, **settings.branches}.get(revision, revision)
        sha, found = settings.branches["main"], False
        # Not by looking for the record alone: one may lie there that the branch never moved to, because the process
        # died in between.
        while sha:
            record = read_json(self.folder / "commits" / f"{sha}.json")
            found = found or (len(wanted) >= 7 and sha.startswith(wanted))
            if found:
                files = {path: StoredFile(**entry) for path, entry in record.pop("files").items()}
                yield Commit(files=files, **record)
            sha = record["parent"]
        if not found:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def commit(self, revision: str) -> Commit:
        """Return the commit that a revision names. Raises ``Refused``."""
        return next(self.history(revision))

    def content_path(self, file: StoredFile) -> Path:
        """Return where the bytes of a file lie."""
        return self.folder / "large" / file.sha256 if file.sha256 else self.folder / "blobs" / file.oid

    def has(self, file: StoredFile) -> bool:
        """Return whether the bytes of a file are here."""
        path = self.content_path(file)
        return path.exists() and path.stat().st_size == file.size

    def text(self, commit: Commit, path: str) -> str:
        """Return the text of one of a commit's files, empty when it has none of this name."""
        file = commit.files.get(path)
        return self.content_path(file).read_text(encoding="utf-8", errors="replace") if file else ""

    def incoming(self) -> IO[bytes]:
        """Return a fresh temporary file beside the stored contents; it goes when it is closed."""
        return cast(IO[bytes], tempfile.NamedTemporaryFile(dir=self.folder / "incoming"))

    def keep(self, incoming: IO[bytes], file: StoredFile) -> None:
        """Make what was written to a temporary file the content of *file*, against which the caller has checked it."""
        incoming.flush()
        os.fsync(incoming.fileno())
        with suppress(FileExistsError):
            self.content_path(file).hardlink_to(incoming.name)

    def add_small(self, content: bytes) -> StoredFile:
        """Store a small file's bytes; returns its entry for a commit."""
        file = StoredFile.small(content)
        with self.incoming() as incoming:
            incoming.write(content)
            self.keep(incoming, file)
        return file

    def add_commit(self, parent: str | None, files: dict[str, StoredFile], title: str, message: str = "") -> str:
        """Put a commit of these files on top of *parent* (None: the first); return its id."""
        draft = Commit("", parent, title, message, USER, _now(), files)
        sha = hashlib.sha1(to_json(asdict(draft)).encode(), usedforsecurity=False).hexdigest()
        write_json(self.folder / "commits" / f"{sha}.json", asdict(replace(draft, id=sha)))
        self.change(branches={"main": sha})
        return sha

    def add_tag(self, name: str, sha: str) -> None:
        """Tag a commit. Raises ``Refused`` if the tag exists or is misnamed."""
        settings = self.settings
        if not _TAG.fullmatch(name):
            raise Refused(400, f"Not a name for a tag: {name}")
        if name in {**settings.tags, **settings.branches}:
            raise Refused(409, f"Reference already exists: {name}")
        self.change(tags={**settings.tags, name: sha})


class Store:
    """A folder with all repositories and tokens, made on first use.

    ``write_token`` may write as the user, ``read_token`` only read; ``roles`` says so by token. ``identity`` is a name
    for the store that stays the same and tells nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._organisations = self.folder / "organisations.json"
        tokens = self.folder / "tokens.json"
        if not tokens.exists():
            _make_tokens(tokens)
        try:
            known = read_json(tokens)
            self._key = known["upload_key"].encode()
            self.roles: dict[str, str] = {token: entry["role"] for token, entry in known["tokens"].items()}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            hint = "Take it away: new tokens are made then, and the repositories stay."
            raise HubError("the rehearsal Hub's tokens cannot be read.", where=str(tokens), hint=hint) from error
        self.write_token, self.read_token = sorted(self.roles, key=self.roles.__getitem__, reverse=True)
        self.identity = self.sign("identity")[:16]

    @property
    def organisations(self) -> list[str]:
        """The organisations that the user is a member of."""
        return list(read_json(self._organisations)) if self._organisations.exists() else []

    def add_organisation(self, name: str) -> None:
        """Make the user a member of an organisation, at once, also for a server that is running."""
        write_json(self._organisations, sorted({*self.organisations, name}))

    def sign(self, text: str) -> str:
        """Return a signature of *text* that only this store can make; it outlives a restart."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def repository(self, kind: str, repo_id: str) -> Repository:
        """Return a repository (*kind*: models, spaces), be it there or not. Raises ``Refused`` if misnamed."""
        if not all(map(_NAME.fullmatch, repo_id.split("/"))):
            raise Refused(400, f"Invalid name for a {kind}: {repo_id}")
        return Repository(self.folder / "repositories" / kind / repo_id, kind, repo_id)

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


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
