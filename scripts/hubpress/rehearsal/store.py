"""Repositories on disk: commits, branches, tags, contents. Whenever a process dies, a commit is whole or absent.

A commit writes its contents first, then its own record, and moves the branch last, by one atomic rename.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hubpress.files import read_json, write_json
from hubpress.rehearsal.accounts import Accounts
from hubpress.rehearsal.gitrules import ATTRIBUTES, blob_oid, lfs_pointer, object_oid, tree_oids
from hubpress.rehearsal.refusal import Refused

KINDS = {"model": "models", "space": "spaces"}
STAMP = "%Y-%m-%dT%H:%M:%S.000Z"
_NAME = re.compile(r"(?![.-])(?!.*(--|\.\.))[A-Za-z0-9._-]{1,96}(?<![.-])(?<!\.git)(?<!\.ipynb)")
_REF = re.compile(r"(?![/.-])(?!.*(\.\.|//|@\{|\.lock))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,200}(?<![/.])")
_SHA = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class StoredFile:
    """A file of a commit: its size, its git blob oid, and the sha256 of its content when that is a large file."""

    size: int
    oid: str
    sha256: str | None = None


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
    """What a repository is beside its commits: visibility, age, branches and tags (name -> commit id)."""

    private: bool
    created_at: str
    branches: dict[str, str]
    tags: dict[str, str]


class Repository:
    """One repository below the store's folder; every read goes to disk, so that several readers agree."""

    def __init__(self, folder: Path, kind: str, repo_id: str, lock: threading.RLock) -> None:
        self.folder = folder
        self.kind = kind
        self.id = repo_id
        self._lock = lock

    @property
    def settings(self) -> Settings:
        """Visibility, branches and tags as they are now."""
        return Settings(**read_json(self.folder / "repository.json"))

    def change(self, **values: Any) -> Settings:
        """Replace some of the settings, atomically; returns the new ones."""
        with self._lock:
            settings = replace(self.settings, **values)
            write_json(self.folder / "repository.json", asdict(settings))
        return settings

    def resolve(self, revision: str) -> str:
        """Return the commit id of a branch, a tag or a commit id (7 or more characters). Raises ``Refused``."""
        settings = self.settings
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        for refs in (settings.branches, settings.tags):
            if name in refs:
                return refs[name]
        if _SHA.fullmatch(revision):
            # Not by looking for the record alone: one may lie there that no branch ever moved to, because the
            # process died in between.
            heads = {*settings.branches.values(), *settings.tags.values()}
            found = {commit.id for head in heads for commit in self._ancestry(head) if commit.id.startswith(revision)}
            if len(found) == 1:
                return found.pop()
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def commit(self, revision: str) -> Commit:
        """Return the commit that a revision names. Raises ``Refused``."""
        return self._load(self.resolve(revision))

    def history(self, revision: str) -> Iterator[Commit]:
        """Yield the commits of a revision, newest first. Raises ``Refused``."""
        yield from self._ancestry(self.resolve(revision))

    def content_path(self, file: StoredFile) -> Path:
        """Return where the bytes of a file lie."""
        return self.large_path(file.sha256) if file.sha256 else self.folder / "blobs" / file.oid

    def large_path(self, sha256: str) -> Path:
        """Return where a large file lies once it has been uploaded to this repository."""
        return self.folder / "large" / sha256

    def incoming(self) -> Path:
        """Return a fresh temporary file beside the stored contents; the caller renames or removes it."""
        handle, name = tempfile.mkstemp(dir=self.folder / "incoming")
        os.close(handle)
        return Path(name)

    def add_blob(self, content: bytes) -> StoredFile:
        """Store a small file's bytes; returns its entry for a commit."""
        file = StoredFile(len(content), blob_oid(content))
        path = self.content_path(file)
        if not path.exists():
            temporary = self.incoming()
            with temporary.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        return file

    def keep_large(self, incoming: Path, sha256: str) -> None:
        """Make a temporary file, whose sha256 the caller has checked, a large file of this repository."""
        with incoming.open("rb") as stream:
            os.fsync(stream.fileno())
        incoming.replace(self.large_path(sha256))

    def large_file(self, sha256: str) -> StoredFile | None:
        """Return the entry of a large file, or None when it was never uploaded to this repository."""
        path = self.large_path(sha256)
        if not path.exists():
            return None
        size = path.stat().st_size
        return StoredFile(size, blob_oid(lfs_pointer(sha256, size)), sha256)

    def read(self, file: StoredFile) -> bytes:
        """Return a file's bytes."""
        return self.content_path(file).read_bytes()

    def attributes(self, commit: Commit) -> str:
        """Return the text of a commit's .gitattributes, empty when it has none."""
        file = commit.files.get(ATTRIBUTES)
        return self.read(file).decode("utf-8", "replace") if file else ""

    def add_commit(
        self, branch: str, parent: str | None, files: dict[str, StoredFile], *, title: str, message: str, author: str
    ) -> Commit:
        """Put a commit on a branch that stands at *parent* (None: the first). Raises ``Refused`` if it moved."""
        date = datetime.now(UTC)
        with self._lock:
            settings = self.settings
            if settings.branches.get(branch) != parent:
                raise Refused(412, "A commit has happened since. Please refresh and try again.")
            root = tree_oids({path: file.oid for path, file in files.items()})[""]
            who = f"{author} <{author}@localhost> {int(date.timestamp())} +0000"
            lines = [f"tree {root}", *([f"parent {parent}"] if parent else []), f"author {who}", f"committer {who}"]
            sha = object_oid("commit", ("\n".join(lines) + f"\n\n{title}\n\n{message}\n").encode())
            stamp = date.strftime(STAMP)
            commit = Commit(sha, parent, title, message, author, stamp, files)
            write_json(self.folder / "commits" / f"{sha}.json", asdict(commit))
            self.change(branches={**settings.branches, branch: sha})
        return commit

    def add_ref(self, kind: str, name: str, sha: str) -> None:
        """Create a branch or a tag (*kind*: branches, tags). Raises ``Refused`` if it exists or is misnamed."""
        if not _REF.fullmatch(name) or re.fullmatch(r"[0-9a-f]{40}", name):
            raise Refused(400, f"Invalid reference name: {name}")
        with self._lock:
            refs = getattr(self.settings, kind)
            if name in refs:
                raise Refused(409, f"Reference already exists: {name}")
            self.change(**{kind: {**refs, name: sha}})

    def remove_ref(self, kind: str, name: str) -> None:
        """Delete a branch or a tag. Raises ``Refused`` if there is none, or if it is the main branch."""
        if kind == "branches" and name == "main":
            raise Refused(403, "The main branch cannot be deleted.")
        with self._lock:
            refs = dict(getattr(self.settings, kind))
            if refs.pop(name, None) is None:
                raise Refused(404, f"Invalid rev id: {name}", "RevisionNotFound")
            self.change(**{kind: refs})

    def _ancestry(self, sha: str | None) -> Iterator[Commit]:
        while sha is not None:
            commit = self._load(sha)
            yield commit
            sha = commit.parent

    def _load(self, sha: str) -> Commit:
        record = read_json(self.folder / "commits" / f"{sha}.json")
        files = {path: StoredFile(**entry) for path, entry in record.pop("files").items()}
        return Commit(files=files, **record)


class Store:
    """All repositories and tokens below one folder; made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.accounts = Accounts(self.folder / "tokens.json")
        self._lock = threading.RLock()

    @property
    def write_token(self) -> str:
        """The token that may write as the user ``rehearsal``."""
        return self.accounts.token("write")

    @property
    def read_token(self) -> str:
        """The token of the same user that may only read."""
        return self.accounts.token("read")

    @property
    def identity(self) -> str:
        """A name for this store that stays the same and tells nothing else."""
        return self.accounts.sign("identity")[:16]

    def add_organisation(self, name: str) -> None:
        """Make the user a member of an organisation, at once, also for a server that is running."""
        self.accounts.add_organisation(name)

    def repository(self, kind: str, repo_id: str) -> Repository | None:
        """Return a repository (*kind*: model, space), None when there is none."""
        if not all(_NAME.fullmatch(part) for part in repo_id.split("/")) or not self._folder(kind, repo_id).is_dir():
            return None
        return Repository(self._folder(kind, repo_id), kind, repo_id, self._lock)

    def repositories(self, kind: str) -> list[Repository]:
        """Return all repositories of a kind, by name."""
        root = self.folder / "repositories" / KINDS[kind]
        folders = sorted(path.parent for path in root.glob("*/*/repository.json") if _NAME.fullmatch(path.parent.name))
        return [Repository(path, kind, path.relative_to(root).as_posix(), self._lock) for path in folders]

    def create(self, kind: str, repo_id: str, *, private: bool, author: str, files: dict[str, bytes]) -> Repository:
        """Make a repository with an initial commit of *files*. Raises ``Refused`` if it exists or is misnamed."""
        if not all(_NAME.fullmatch(part) for part in repo_id.split("/")):
            raise Refused(400, f"Invalid name for a {kind}: {repo_id.rpartition('/')[2]}")
        final = self._folder(kind, repo_id)
        with self._lock:
            if final.exists():
                raise Refused(409, f"You already created this {kind} repo")
            final.parent.mkdir(parents=True, exist_ok=True)
            # Built aside and renamed, so that nobody ever sees a repository without its first commit.
            draft = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
            for name in ("blobs", "large", "commits", "incoming"):
                (draft / name).mkdir()
            settings = Settings(private, datetime.now(UTC).strftime(STAMP), {}, {})
            write_json(draft / "repository.json", asdict(settings))
            repository = Repository(draft, kind, repo_id, self._lock)
            stored = {path: repository.add_blob(content) for path, content in files.items()}
            repository.add_commit("main", None, stored, title="initial commit", message="", author=author)
            draft.rename(final)
        return Repository(final, kind, repo_id, self._lock)

    def sweep(self) -> None:
        """Remove what a killed server left half-done. Only for the process that serves this store."""
        for leftover in (self.folder / "repositories").glob("*/*/.new-*"):
            shutil.rmtree(leftover)
        for leftover in (self.folder / "repositories").glob("*/*/*/incoming/*"):
            leftover.unlink()

    def _folder(self, kind: str, repo_id: str) -> Path:
        return self.folder / "repositories" / KINDS[kind] / repo_id
