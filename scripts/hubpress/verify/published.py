"""A published commit: on which Hub, of which repository, with which id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId


@dataclass(frozen=True)
class PublishedCommit:
    """A commit of a repository on a Hub; *sha* is its whole id (40 hex)."""

    hub: Hub
    repo: RepoId
    sha: str

    @classmethod
    def find(cls, hub: Hub, repo: RepoId, revision: str | None = None) -> PublishedCommit:
        """Return the commit of a branch, a tag or a commit (None: the newest). Raises HubError when there is none."""
        return cls(hub, repo, hub.head(repo, revision))

    def download(self, dest: Path, *, only: Sequence[str] | None = None) -> Path:
        """Download its files, or *only* some, into *dest*, a folder that is not there yet; return it."""
        return self.hub.download(self.repo, self.sha, dest, only=only)

    def __str__(self) -> str:
        return f"{self.repo} at {self.sha[:7]}"
