"""What the staged model changes against what is published of it; a figure that fell stops a release."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import published_manifest
from hubpress.layout import EVALUATION, MANIFEST, TRAINING
from hubpress.manifest import Manifest
from hubpress.release.job import Job
from hubpress.schemas.version_diff import VersionDiff
from hubpress.versions.compare import (
    Facts,
    changed_figures,
    changed_files,
    changed_labels,
    changed_settings,
    counts_of,
    same_records,
)
from hubpress.versions.withdraw import held_version
from hubpress.versions.words import fallen


def refuse_worse(job: Job, diff: VersionDiff) -> None:
    """Raise HubpressError where a figure of the staged model fell beyond noise against a published version."""
    if diff.worse:
        hint = "Look at it by `hubpress diff`; make the model better, or release it by --accept-worse."
        raise HubpressError(f"fell beyond noise since {diff.tag}: {fallen(diff)}.", where=job.repo_id, hint=hint)


def compare_with(hub: Hub, job: Job, sha: str, tag: str | None) -> VersionDiff:
    """Return what the staged model changes against a commit of its repository."""
    repo, after = RepoId(job.repo_id), Facts.read(job.repo)
    there = hub.list_files(repo, sha)
    with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
        facts = [name for name in (EVALUATION, TRAINING, MANIFEST) if name in there]
        folder = hub.download(repo, sha, Path(fresh) / "facts", only=facts) if facts else Path(fresh)
        before, listed = Facts.read(folder), published_manifest(folder, repo.type)
    both = (before, after) if before and after else None
    added, removed = changed_labels(*both) if both else ((), ())
    return VersionDiff(
        repository=repo.id,
        endpoint=hub.endpoint,
        against=sha,
        tag=tag,
        version=job.recipe.version,
        figures=changed_figures(*both) if both else (),
        labels_added=added,
        labels_removed=removed,
        counts=counts_of(*both) if both else (),
        same_test_records=same_records(*both) if both else None,
        settings=changed_settings(*both) if both else (),
        files=changed_files(
            job.repo, Manifest.load(job.manifest), there, released=listed.by_path() if listed else None
        ),
    )


def published_version(hub: Hub, repo: RepoId, against: str | None) -> tuple[str, str | None]:
    """Return the commit to compare with, and the tag of its version."""
    history = hub.history(repo)
    if against is not None:
        sha = hub.head(repo, against)
        tags = next((commit.versions for commit in history if commit.sha == sha), ())
    else:
        commit = held_version(history)
        sha, tags = (commit.sha, commit.versions) if commit else (hub.head(repo), ())
    return sha, tags[0] if tags else None
