"""The one door to the network: ``Hub`` pushes a staged folder in one commit, finds a revision, lists, downloads it.

It speaks to whatever ``huggingface_hub`` speaks to. Every problem ends as one :class:`HubError` line without a token.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hubpress.errors import HubError
from hubpress.hub import retries
from hubpress.hub.additions import add_to
from hubpress.hub.address import PUBLIC, address_of_hub
from hubpress.hub.collections import Collected, collect
from hubpress.hub.goal import Goal
from hubpress.hub.hand_edits import edits_on
from hubpress.hub.history import PastCommit, history_of
from hubpress.hub.ids import RepoId, refuse_bad_tag
from hubpress.hub.merging import Edited
from hubpress.hub.messages import clean_token, one_line
from hubpress.hub.ownership import Foreign, RemoteFile
from hubpress.hub.plan import NEW_TAG, is_tagged, plan_push, refuse_clashes, refuse_other_folder
from hubpress.hub.pull_requests import PullRequests
from hubpress.hub.repository import Repository, Seen
from hubpress.hub.trusted_publishing import RESOURCE, is_trusted_publisher, publishing_token
from hubpress.manifest import Manifest
from hubpress.text import listed

if TYPE_CHECKING:
    from huggingface_hub import HfApi


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
    revision: str | None = None
    """The branch of the pull request that the commit waits on, such as ``refs/pr/1``; None for main."""
    private: bool = False
    """Whether the repository is seen by its owners alone, so that whoever loads it needs a token."""

    @property
    def page(self) -> str:
        """The page of the repository, or of the pull request that the commit waits on."""
        return f"{self.url}/discussions/{self.revision.rpartition('/')[2]}" if self.revision else self.url


@dataclass(frozen=True)
class Hub:
    """A Hub, and how one is known there: the address, and a token (None: HF_TOKEN, the stored login, or, by trusted
    publishing, one for each repository).

    White space at their ends does not count. Raises UsageError for what is no address, or cannot be a token.
    """

    endpoint: str = PUBLIC
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoint", address_of_hub(self.endpoint, "The endpoint"))
        object.__setattr__(self, "token", clean_token(self.token))

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ) -> Hub:
        """Return the Hub of HF_ENDPOINT with the token of HF_TOKEN; an empty one counts as not set.

        Where trusted publishing is switched on, HF_TOKEN does not count: each repository has a token of its own.
        """
        endpoint = environ.get("HF_ENDPOINT", "").strip() or PUBLIC
        token = None if environ.get(RESOURCE, "").strip() else environ.get("HF_TOKEN")
        return cls(address_of_hub(endpoint, "HF_ENDPOINT"), token)

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
        description: str = "",
        private: bool | None = None,
        hide_public: bool = False,
        tag: str | None = None,
        foreign: Foreign = Foreign.STOP,
        revision: str | None = None,
        dry_run: bool = False,
        before_commit: Callable[[], None] | None = None,
    ) -> PushResult:
        """Put the manifest's files into the repository in one commit, or in none when they already are there.

        Nothing but the manifest's files is sent. Files of earlier releases that this one has no more are removed; what
        is done with those that no release put there, *foreign* says. The repository is created when it is missing.
        *message* is the commit's title, *description* what stands below it, and in the tag's message.
        *private* None leaves the visibility as it is, and a public one is hidden only with *hide_public*. *revision* is
        the branch of a pull request, None main. With *dry_run* nothing is sent: the result says what would change.
        *before_commit* is called after the last question, before anything is sent. Raises ``ForeignFiles`` for what a
        person would lose, ``MovedOn`` where somebody else commits meanwhile, other kinds of ``HubError``, and
        UsageError for a *tag* that cannot be one, before anything is sent.
        """
        if tag is not None:
            refuse_bad_tag(tag)
        with self._repository(repo) as remote:
            remote.check_token()
            refuse_other_folder(folder, manifest)
            if not dry_run:
                remote.ensure(private, folder, hide_public=hide_public)
            seen = remote.seen(revision)
            before = seen.head
            plan = plan_push(remote, before, folder, manifest, foreign, quiet=dry_run)
            tagged = bool(tag and before) and is_tagged(remote, str(tag), before, moves=plan.has_work)
            sha, sent = before, 0
            if not dry_run:
                remote.show(private)
                if plan.has_work or sha is None:
                    if before_commit:
                        before_commit()
                    goal = Goal(folder, manifest, message, before, plan.removed, revision, description)
                    sha, sent = remote.release(goal, plan.changed)
                if tag and not tagged:
                    remote.add_tag(tag, sha, _joined(message, description))
            changes = (plan.has_work or before is None) if dry_run else sha != before
            uploaded = tuple(entry.path for entry in plan.changed)
            return PushResult(
                *(repo.id, sha or "", changes, uploaded, plan.removed, sent, self.url_of(repo), plan.kept, plan.taken),
                revision=revision,
                private=seen.private if private is None else private,
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
            owners = remote.check_token()
            info = remote.info()
            if info is None:
                if owners and repo.owner.lower() not in owners:
                    names = listed(sorted(owners))
                    what = f"{repo.path} is not there for this token, which creates repositories of {names} alone."
                    raise HubError(what, where=self.endpoint, hint="Check --owner and HF_TOKEN.")
                return
            remote.refuse_to_hide(info, private, hide_public=hide_public)
            before = info.sha
            if before is None:
                return
            if tag:
                is_tagged(remote, tag, before, moves=False)
            if foreign is Foreign.STOP:
                refuse_clashes(remote, before, files)

    def head(self, repo: RepoId, revision: str | None = None) -> str:
        """Return the commit id (40 hex) of a branch, a tag or a commit. Raises ``HubError`` when there is none."""
        with self._repository(repo) as remote:
            sha = remote.head(revision)
            if sha is None:
                raise HubError(f"{repo} has no commit yet.", where=self.endpoint)
            return sha

    def has_tag(self, repo: RepoId, tag: str) -> bool:
        """Return whether a repository has a tag, on whichever commit. Raises ``HubError``."""
        with self._repository(repo) as remote:
            return tag in remote.tags()

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

    def look(self, repo: RepoId) -> Seen | None:
        """Return what is seen of a repository, None where it is not there for this token. Raises ``HubError``."""
        with self._repository(repo) as remote:
            return remote.look()

    def create(self, repo: RepoId, folder: Path, manifest: Manifest, *, private: bool) -> bool:
        """Create a repository for a staged folder; return whether it surely was not there before.

        Raises ``HubError``; before anything is sent, for a token that may not write, and a folder that has changed.
        """
        with self._repository(repo) as remote:
            remote.check_token()
            refuse_other_folder(folder, manifest)
            return remote.create(private, folder)

    def add(
        self, repo: RepoId, folder: Path, message: str, *, new: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> str:
        """Put the files of *folder* beside those that are there, as :func:`add_to` says; return the commit's id."""
        with self._repository(repo) as remote:
            return add_to(remote, folder, message, new=new, removed=removed)

    def set_private(self, repo: RepoId, private: bool) -> None:
        """Make a repository private or public. Raises ``HubError``."""
        with self._repository(repo) as remote:
            remote.set_private(private)

    def tag(self, repo: RepoId, tag: str, sha: str, *, message: str = "", description: str = "") -> bool:
        """Tag a commit, with the message of a push; return whether it was not tagged so before.

        Raises ``HubError`` for a tag on another commit.
        """
        with self._repository(repo) as remote:
            if (tagged := remote.tags().get(tag)) is None:
                remote.add_tag(tag, sha, _joined(message, description))
            elif tagged != sha:
                raise HubError(f"The tag {tag} of {repo} is on another commit, {tagged[:7]}.", hint=NEW_TAG)
            return tagged is None

    def history(self, repo: RepoId) -> tuple[PastCommit, ...]:
        """Return the commits of main, newest first, with the tags of versions on them. Raises ``HubError``."""
        with self._repository(repo) as remote:
            return history_of(remote)

    def restart(self, space: RepoId) -> None:
        """Start a Space's app anew, where this Hub runs it. Raises ``HubError``."""
        with self._repository(space) as remote:
            remote.restart()

    def collect(self, owner: str, collection: str, repos: Sequence[RepoId], *, private: bool) -> Collected:
        """Add repositories to the collection of *owner* that has a title, or a slug; made if missing, *private* or not.

        Whatever else is in it stays, and so does every note. Raises ``HubError``.
        """
        if self.token is None and is_trusted_publisher():
            hint = "Add them on its page, or run the same command once with HF_TOKEN."
            raise HubError("a job of trusted publishing may change no collection.", where=self.endpoint, hint=hint)
        with self.api(f"the collection {collection!r} of {owner}") as api:
            return collect(api, owner, collection, repos, private=private)

    @contextmanager
    def pull_requests(self, repo: RepoId) -> Iterator[PullRequests]:
        """Yield the pull requests of a repository; what goes wrong with them comes out as one ``HubError`` line."""
        with self._repository(repo) as remote:
            yield PullRequests(remote)

    def signed_in(self) -> Hub:
        """Return this Hub with the token that it is asked with, be it HF_TOKEN or the stored login.

        By trusted publishing there is none for all of it, and it stays without.
        """
        from huggingface_hub import get_token

        if is_trusted_publisher():
            return self
        return replace(self, token=self.token or get_token())

    def hand_edits(self, repo: RepoId, sha: str) -> dict[str, Edited]:
        """Return the texts of a commit that people have edited since a release made them. Raises ``HubError``."""
        with self._repository(repo) as remote:
            return edits_on(remote, sha, remote.files(sha))

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
    def api(self, what: str) -> Iterator[HfApi]:
        """Yield huggingface_hub's API, for what no method here asks.

        Whatever goes wrong inside comes out as one ``HubError`` line about *what*.
        """
        from huggingface_hub import get_token

        with self._asked(self.token or clean_token(get_token()), what) as api:
            yield api

    @contextmanager
    def _repository(self, repo: RepoId) -> Iterator[Repository]:
        """Yield the repository to talk to; whatever goes wrong inside comes out as one ``HubError`` line."""
        from huggingface_hub import get_token

        token = self.token or publishing_token(self.endpoint, repo) or clean_token(get_token())
        with self._asked(token, repo.path) as api:
            yield Repository(api, self.endpoint, token, repo)

    @contextmanager
    def _asked(self, token: str | None, what: str) -> Iterator[HfApi]:
        from huggingface_hub import HfApi

        with one_line(self.endpoint, token, what):
            retries.bound_requests()
            yield HfApi(endpoint=self.endpoint, token=token or False)


def _joined(title: str, description: str) -> str:
    return f"{title}\n\n{description}" if description else title
