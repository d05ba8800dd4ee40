"""The one door to the network: ``Hub`` pushes a staged folder in one commit, finds a revision, lists, downloads it.

It speaks to whatever ``huggingface_hub`` speaks to. Every problem ends as one :class:`HubError` line without a token.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hubpress.errors import HubError, UsageError
from hubpress.files import sha256_file
from hubpress.hub import retries
from hubpress.hub.clashes import ForeignFiles, Local, differences_of
from hubpress.hub.ids import RepoId, refuse_bad_tag
from hubpress.hub.messages import clean_token, one_line
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Division, Foreign, RemoteFile, divide
from hubpress.hub.repository import Goal, Repository, same_bytes
from hubpress.layout import ATTRIBUTES
from hubpress.manifest import FileEntry, Manifest

PUBLIC = "https://huggingface.co"
"""The Hub that is meant where HF_ENDPOINT names none."""


@dataclass(frozen=True)
class PushResult:
    """What a push did: the commit that now holds the release, and what had to be sent to get there."""

    repo_id: str
    sha: str
    changed: bool
    uploaded: tuple[str, ...]
    removed: tuple[str, ...]
    uploaded_bytes: int
    url: str
    kept: tuple[str, ...] = ()
    """Files that no release put there, and that were left as they are."""
    taken: tuple[str, ...] = ()
    """Files that no release had put there, and that made way for this one."""


@dataclass(frozen=True)
class Hub:
    """A Hub, and how one is known there: the address, and a token (None: HF_TOKEN, or the stored login).

    White space at their ends does not count. Raises UsageError for what is no address, or cannot be a token.
    """

    endpoint: str = PUBLIC
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoint", address_of_hub(self.endpoint, "The endpoint"))
        object.__setattr__(self, "token", clean_token(self.token))

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ) -> Hub:
        """Return the Hub of HF_ENDPOINT with the token of HF_TOKEN; an empty one counts as not set."""
        endpoint = environ.get("HF_ENDPOINT", "").strip() or PUBLIC
        return cls(address_of_hub(endpoint, "HF_ENDPOINT"), environ.get("HF_TOKEN"))

    def url_of(self, repo: RepoId) -> str:
        """Return the address of a repository's page."""
        return f"{self.endpoint}/{repo.path}"

    def push(
        self,
        folder: Path,
        manifest: Manifest,
        repo: RepoId,
        *,
        message: str,
        private: bool | None = None,
        hide_public: bool = False,
        tag: str | None = None,
        foreign: Foreign = Foreign.STOP,
    ) -> PushResult:
        """Put the manifest's files into the repository in one commit, or in none when they already are there.

        Nothing but the manifest's files is sent. Files of earlier releases that this one has no more are removed; what
        is done with those that no release put there, *foreign* says. The repository is created when it is missing.
        *private* None leaves the visibility as it is, and a public one is hidden only with *hide_public*. Raises
        ``HubError``, of which ``ForeignFiles`` says what a person would lose, and UsageError for a *tag* that cannot
        be one, before anything is sent.
        """
        if tag is not None:
            refuse_bad_tag(tag)
        with self._repository(repo) as remote:
            remote.check_token()
            _check_folder(folder, manifest)
            remote.ensure(private, folder, hide_public=hide_public)
            before = remote.head()
            plan = _plan(remote, before, folder, manifest, foreign)
            is_tagged = bool(tag and before) and _is_tagged(remote, str(tag), before, moves=plan.has_work)
            remote.show(private)
            sha, sent = before, 0
            if plan.has_work or sha is None:
                sha, sent = remote.release(Goal(folder, manifest, message, before, plan.removed), plan.changed)
            if tag and not is_tagged:
                remote.add_tag(tag, sha)
            uploaded = tuple(entry.path for entry in plan.changed)
            return PushResult(
                repo.id, sha, sha != before, uploaded, plan.removed, sent, self.url_of(repo), plan.kept, plan.taken
            )

    def look_ahead(
        self,
        repo: RepoId,
        files: Mapping[str, Path | None],
        *,
        private: bool | None = None,
        hide_public: bool = False,
        tag: str | None = None,
        foreign: Foreign = Foreign.STOP,
    ) -> None:
        """Raise what a push would, as far as that can be told before there is anything to push; change nothing.

        *files* are names that the release is sure to hold, each with the file as far as it is there already.
        """
        with self._repository(repo) as remote:
            remote.check_token()
            info = remote.info()
            if info is None:
                return
            remote.refuse_to_hide(info, private, hide_public=hide_public)
            before = info.sha
            if before is None:
                return
            if tag:
                _is_tagged(remote, tag, before, moves=False)
            there = remote.files(before)
            changed = [name for name, path in files.items() if name in there and not _is_there(path, name, there)]
            if foreign is Foreign.STOP:
                found = divide(remote, before, there, needed=there.keys(), changed=changed)
                _heed(remote, before, there, found, files.__getitem__, foreign)

    def head(self, repo: RepoId, revision: str | None = None) -> str:
        """Return the commit id (40 hex) of a branch, a tag or a commit. Raises ``HubError`` when there is none."""
        with self._repository(repo) as remote:
            sha = remote.head(revision)
            if sha is None:
                raise HubError(f"{repo} has no commit yet.", where=self.endpoint)
            return sha

    def is_reachable(self, *, seconds: float = 5.0) -> bool:
        """Return whether anything answers at the address within so many seconds; it is asked once."""
        from huggingface_hub import get_session

        try:
            get_session().head(self.endpoint, timeout=seconds)
        except (OSError, RuntimeError, retries.httpx.HTTPError, retries.httpx.InvalidURL):
            return False
        return True

    def exists(self, repo: RepoId) -> bool:
        """Return whether a repository is there for this token. Raises ``HubError`` when the Hub cannot be asked."""
        with self._repository(repo) as remote:
            return remote.exists()

    def is_private(self, repo: RepoId) -> bool:
        """Return whether only its owners see a repository. Raises ``HubError`` when it is not there."""
        with self._repository(repo) as remote:
            return remote.is_private()

    def list_files(self, repo: RepoId, sha: str) -> dict[str, RemoteFile]:
        """Return the files of a commit by path. Raises ``HubError``."""
        with self._repository(repo) as remote:
            return remote.files(sha)

    def download(self, repo: RepoId, sha: str, dest: Path, *, only: Sequence[str] | None = None) -> Path:
        """Download all files of a commit, or *only* some, into *dest*, a folder that is not there yet; return it.

        No cache is read: a cached file would hide that this token may not see the repository. Raises ``HubError``.
        """
        if dest.exists():
            raise HubError(f"{dest} exists already.", hint="Download into a folder that does not.")
        dest.parent.mkdir(parents=True, exist_ok=True)
        with self._repository(repo) as remote, tempfile.TemporaryDirectory(dir=dest.parent) as fresh:
            files = Path(fresh) / "files"
            files.mkdir()
            remote.download(sha, files, cache=Path(fresh) / "cache", only=only)
            files.chmod(0o755)
            files.rename(dest)
        return dest

    @contextmanager
    def _repository(self, repo: RepoId) -> Iterator[Repository]:
        """Yield the repository to talk to; whatever goes wrong inside comes out as one ``HubError`` line."""
        from huggingface_hub import HfApi, get_token

        token = self.token or clean_token(get_token())
        with one_line(self.endpoint, token, repo.id):
            retries.bound_requests()
            yield Repository(HfApi(endpoint=self.endpoint, token=token or False), self.endpoint, token, repo)


def address_of_hub(text: str, name: str) -> str:
    """Return the address of a Hub without a slash at its end.

    Raises UsageError for what is none, by the *name* of what holds it; the text itself may hold a password.
    """
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        faults = (
            (parts.scheme not in ("http", "https") or "://" not in text, "it begins with neither http:// nor https://"),
            (not parts.hostname, "it names no host"),
            (parts.port == 0 or re.search(r"[\s?#]", text), "it is more than a scheme, a host, a port and a path"),
        )
        fault = next((words for wrong, words in faults if wrong), None)
    except ValueError:
        fault = "its host or its port cannot be read"
    if fault:
        hint = f"Write one such as {PUBLIC} or http://127.0.0.1:8899."
        raise UsageError(f"{name} is not the address of a Hub: {fault}.", hint=hint)
    return text


@dataclass(frozen=True)
class _Plan:
    """What a push will do to the files of a repository."""

    changed: tuple[FileEntry, ...]
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.changed or self.removed)


def _plan(remote: Repository, head: str | None, folder: Path, manifest: Manifest, foreign: Foreign) -> _Plan:
    """Compare what the Hub has with what it is to have. Raises ``ForeignFiles`` for what a person would lose."""
    if head is None:
        return _Plan(manifest.files)
    there, needed = remote.files(head), manifest.by_path()
    changed = tuple(entry for entry in manifest.files if not same_bytes(folder, entry, there.get(entry.path)))
    found = divide(remote, head, there, needed=needed, changed=[entry.path for entry in changed])
    _heed(remote, head, there, found, lambda name: folder / name if name in needed else None, foreign)
    takes_all = foreign is Foreign.TAKE_OVER
    taken = {*found.clashes, *(found.kept if takes_all else ())}
    removed = {*found.stale, *taken} - needed.keys()
    return _Plan(changed, tuple(sorted(removed)), () if takes_all else found.kept, tuple(sorted(taken)))


def _heed(
    remote: Repository, sha: str, there: Mapping[str, RemoteFile], found: Division, local: Local, foreign: Foreign
) -> None:
    """Raise ``ForeignFiles`` for what a person would lose; where that is wanted, show it, and return."""
    names = {*found.clashes, *(found.kept if foreign is Foreign.TAKE_OVER else ())}
    if not names:
        return
    lines = differences_of(remote, sha, there, names, local)
    error = ForeignFiles(remote.repo, sha, names, lines)
    if foreign is Foreign.STOP:
        raise error
    tell(f"{error.what} They make way; the history of the repository keeps them, at {sha[:7]}:")
    for line in lines:
        print(line, file=sys.stderr)


def _is_tagged(remote: Repository, tag: str, head: str | None, *, moves: bool) -> bool:
    """Return whether the head has this tag. Raises for a branch's name, and for a tag that would have to move."""
    if tag in remote.branches():
        raise UsageError(f"{tag!r} is the name of a branch of {remote.id}.", where="--tag", hint="Choose another.")
    tagged = remote.tags().get(tag)
    if tagged and (moves or tagged != head):
        raise HubError(f"The tag {tag} of {remote.id} is on another commit, {tagged[:7]}.", hint="Choose a new tag.")
    return tagged is not None


def _is_there(path: Path | None, name: str, there: Mapping[str, RemoteFile]) -> bool:
    """Return whether the Hub has a file as it lies here."""
    if path is None or not path.is_file():
        return False
    return same_bytes(path.parent, FileEntry(path.name, path.stat().st_size, sha256_file(path)), there[name])


def _check_folder(folder: Path, manifest: Manifest) -> None:
    """Raise ``HubError`` unless every file of the manifest lies in the folder, byte for byte."""
    changed = []
    for entry in manifest.files:
        path = folder / entry.path
        if not path.is_file() or path.stat().st_size != entry.size or sha256_file(path) != entry.sha256:
            changed.append(entry.path)
    if changed:
        what = f"No longer as it was checked: {', '.join(changed)}."
        raise HubError(what, where=str(folder), hint="Build and check it again.")
    if ATTRIBUTES in manifest.by_path():
        raise HubError(f"{ATTRIBUTES} belongs to the Hub.", where=str(folder), hint="Leave it out of the release.")
