"""The commits of main, each with the versions that it is tagged with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from hubpress.hub.retries import patiently

if TYPE_CHECKING:
    from hubpress.hub.repository import Repository

_TAG = re.compile(r"v(\d+\.\d+\.\d+\S*)")


@dataclass(frozen=True)
class PastCommit:
    """A commit of main: its id, its title, and the tags of versions on it, the highest first."""

    sha: str
    title: str
    versions: tuple[str, ...]


def history_of(remote: Repository) -> tuple[PastCommit, ...]:
    """Return the commits of main, newest first. Raises what huggingface_hub raises."""
    commits = patiently(lambda: remote.api.list_repo_commits(remote.id, repo_type=remote.type))
    tags: dict[str, list[str]] = {}
    for tag, sha in remote.tags().items():
        if version_of(tag):
            tags.setdefault(sha, []).append(tag)
    return tuple(PastCommit(one.commit_id, one.title, _sorted(tags.get(one.commit_id, ()))) for one in commits)


def version_of(tag: str) -> Version | None:
    """Return the version that a tag such as ``v1.2.0`` names, None where it names none."""
    found = _TAG.fullmatch(tag)
    try:
        return Version(found[1]) if found else None
    except InvalidVersion:
        return None


def _sorted(tags: list[str] | tuple[()]) -> tuple[str, ...]:
    return tuple(sorted(tags, key=lambda tag: version_of(tag) or Version("0"), reverse=True))
