"""A repository on disk. Whenever a process dies, a commit is whole or absent.

A commit writes its contents first, then its own record, and moves the branch last, by one atomic rename.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from hubpress.files import JsonObject, read_json, to_json, write_json
from hubpress.rehearsal.discussions import Discussion
from hubpress.rehearsal.git_objects import StoredFile
from hubpress.rehearsal.protocol import USER, Refused

_NAME = re.compile(r"(?![0-9a-f]{7,40}$)(?!.*\.\.)\w[\w.+-]{0,199}(?<!\.)(?<!\.lock)")


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
    """What a repository is beside its commits: visibility, age, its branches and tags (name -> commit id).

    ``gated`` is False, or how access is given: auto, manual; ``granted`` are the users that have it. ``discussions``
    are those and pull requests, by number.
    """

    private: bool
    created_at: str
    branches: dict[str, str]
    tags: dict[str, str]
    tag_messages: dict[str, str] = field(default_factory=dict)
    gated: str | bool = False
    granted: tuple[str, ...] = ()
    discussions: tuple[Discussion, ...] = field(default=())

    @classmethod
    def from_json(cls, record: JsonObject) -> Settings:
        """Return the settings that were written down as *record*."""
        kept = [entry | {"events": tuple(entry["events"])} for entry in record.pop("discussions", ())]
        granted = tuple(record.pop("granted", ()))
        return cls(**record, granted=granted, discussions=tuple(Discussion(**entry) for entry in kept))

    def refs(self) -> dict[str, str]:
        """Return the commit of each tag and branch, also of pull requests, by what a revision calls it."""
        pulls = {pull_ref(one.num): one.head for one in self.discussions if one.head is not None}
        return {**self.tags, **self.branches, **pulls}


def pull_ref(num: int) -> str:
    """Return the name of a pull request's branch."""
    return f"refs/pr/{num}"


@dataclass(frozen=True)
class Repository:
    """A repository's folder; every read goes to disk."""

    folder: Path
    kind: str
    id: str

    @property
    def page(self) -> str:
        """Where its page is on a Hub."""
        return f"/{self.id}" if self.kind == "models" else f"/{self.kind}/{self.id}"

    def create(self, files: dict[str, bytes], *, private: bool) -> None:
        """Make the repository, which is not there, with a first commit of *files*."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # Built aside and renamed, so that nobody ever sees a repository without its first commit.
        draft = replace(self, folder=Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".new-")))
        for name in ("blobs", "large", "commits", "incoming"):
            (draft.folder / name).mkdir()
        write_json(draft.folder / "repository.json", asdict(Settings(private, now(), {}, {})))
        stored = {path: draft.add_small(content) for path, content in files.items()}
        draft.add_commit(None, stored, "initial commit")
        draft.folder.rename(self.folder)

    @property
    def settings(self) -> Settings:
        """Visibility, branch, tags and discussions as they are now."""
        return Settings.from_json(read_json(self.folder / "repository.json"))

    def change(self, **values: Any) -> None:
        """Replace some of the settings, atomically."""
        write_json(self.folder / "repository.json", asdict(replace(self.settings, **values)))

    def history(self, revision: str) -> Iterator[Commit]:
        """Yield the commits of a revision (a branch, a tag, refs/pr/NUM, 7 and more letters of a commit), newest first.

        Raises ``Refused``.
        """
        refs = self.settings.refs()
        sha: str | None = refs.get(revision) or self._reachable(revision, dict.fromkeys(refs.values()))
        if sha is None:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        while sha:
            record = self._record(sha)
            files = {path: StoredFile(**entry) for path, entry in record.pop("files").items()}
            yield Commit(files=files, **record)
            sha = record["parent"]

    def _reachable(self, short: str, heads: Iterable[str]) -> str | None:
        """Return the commit, of those at and before *heads*, whose id begins so; None for fewer than 7 letters.

        Not by looking for the record alone: one may lie there that no branch ever moved to, because the process died
        in between.
        """
        seen: set[str] = set()
        for head in heads if len(short) >= 7 else ():
            sha: str | None = head
            while sha and sha not in seen:
                if sha.startswith(short):
                    return sha
                seen.add(sha)
                sha = self._record(sha)["parent"]
        return None

    def _record(self, sha: str) -> JsonObject:
        return dict(read_json(self.folder / "commits" / f"{sha}.json"))

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
        """Return the text of one of a commit's files, empty when it has none of this name, or a large one."""
        file = commit.files.get(path)
        if file is None or file.sha256:
            return ""
        return self.content_path(file).read_text(encoding="utf-8", errors="replace")

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

    def write_commit(
        self, parent: str | None, files: dict[str, StoredFile], title: str, message: str = "", *, author: str = USER
    ) -> Commit:
        """Write a commit of these files on top of *parent* (None: the first), to which no branch moves yet."""
        draft = Commit("", parent, title, message, author, now(), files)
        sha = hashlib.sha1(to_json(asdict(draft)).encode(), usedforsecurity=False).hexdigest()
        commit = replace(draft, id=sha)
        write_json(self.folder / "commits" / f"{sha}.json", asdict(commit))
        return commit

    def add_commit(self, parent: str | None, files: dict[str, StoredFile], title: str) -> str:
        """Put a commit of these files on main, on top of *parent* (None: the first); return its id."""
        sha = self.write_commit(parent, files, title).id
        self.change(branches=self.settings.branches | {"main": sha})
        return sha

    def discussion(self, num: int) -> Discussion:
        """Return a discussion or pull request. Raises ``Refused``."""
        for one in self.settings.discussions:
            if one.num == num:
                return one
        raise Refused(404, f"Discussion not found: {num}")

    def keep_discussion(self, discussion: Discussion, **settings: Any) -> None:
        """Replace a discussion, or add it; *settings* change in the same moment."""
        others = [one for one in self.settings.discussions if one.num != discussion.num]
        kept = tuple(sorted([*others, discussion], key=lambda one: one.num))
        self.change(discussions=kept, **settings)

    def add_tag(self, name: str, sha: str, message: str = "") -> None:
        """Tag a commit. Raises ``Refused`` if the tag exists or is misnamed."""
        settings = self.settings
        _refuse_name(settings, name)
        messages = {**settings.tag_messages, **({name: message} if message else {})}
        self.change(tags={**settings.tags, name: sha}, tag_messages=messages)

    def delete_tag(self, name: str) -> None:
        """Take a tag away. Raises ``Refused`` if there is none of this name."""
        settings = self.settings
        if name not in settings.tags:
            raise Refused(404, f"Tag not found: {name}", "RevisionNotFound")
        tags, messages = (
            {key: one[key] for key in one if key != name} for one in (settings.tags, settings.tag_messages)
        )
        self.change(tags=tags, tag_messages=messages)

    def add_branch(self, name: str, sha: str) -> None:
        """Let a branch begin at a commit. Raises ``Refused`` if it exists or is misnamed."""
        _refuse_name(self.settings, name)
        self.change(branches=self.settings.branches | {name: sha})

    def delete_branch(self, name: str) -> None:
        """Take a branch away. Raises ``Refused`` for main, and if there is none of this name."""
        branches = self.settings.branches
        if name == "main" or name not in branches:
            raise Refused(403 if name == "main" else 404, f"Branch {name} cannot be deleted", "RevisionNotFound")
        self.change(branches={key: branches[key] for key in branches if key != name})


def _refuse_name(settings: Settings, name: str) -> None:
    """Raise ``Refused`` for a name that no new tag or branch can have."""
    if not _NAME.fullmatch(name):
        raise Refused(400, f"Not a name for a tag or a branch: {name}")
    if name in {**settings.tags, **settings.branches}:
        raise Refused(409, f"Reference already exists: {name}")


def now() -> str:
    """Return the time as the store writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
