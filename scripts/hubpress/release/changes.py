"""What a version changes, noted before it is pushed: for the commit, for the tag, and in the model's CHANGELOG.md."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hubpress.hub.history import PastCommit, version_of
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import published_manifest
from hubpress.layout import CHANGELOG, MANIFEST
from hubpress.release.differences import compare_with, refuse_worse
from hubpress.release.hand_edits import take_in, tell_edits
from hubpress.release.job import Changes, Job
from hubpress.release.meter import StageResult
from hubpress.release.runner import run_stages
from hubpress.release.stages import STAGE_NAMES
from hubpress.release.targets import Target
from hubpress.versions.changelog import date_of, with_section
from hubpress.versions.withdraw import held_version
from hubpress.versions.words import body_of, title_of

_FIRST = Changes("first release", "First release.\n")


@dataclass(frozen=True)
class _Past:
    """What a repository holds before a release: its newest commit, that of its version, and its changelog."""

    head: str = ""
    """Empty where it has none."""
    held: PastCommit | None = None
    changelog: bytes | None = None
    """Of that commit where it is the very version that is released, else of main."""
    is_listed: bool = False
    """Whether a release put that changelog there."""


def staged_with_changes(
    job: Job, target: Target, *, accept_worse: bool, since: str = STAGE_NAMES[0]
) -> tuple[list[StageResult], Job]:
    """Run the stages before a push, from *since* on; return their results, and the job with what it changes.

    That is told on stderr, and counts on top of the commit of main that was read for it. The changelog becomes one of
    the staged files; a recipe without a version says nothing new in it, so that a tag can be put on what is published
    already. Raises HubpressError for a figure that fell beyond noise, unless *accept_worse*, and whatever a stage
    raises.
    """
    tag = job.tag(target.tag)
    past = _look_back(job, target, tag)
    job = replace(job, base=past.head)
    kept = take_in(job, target.hub, past.head, foreign=target.foreign)
    if not job.quiet:
        tell_edits(kept, target.foreign)
    is_new = tag is not None and version_of(tag) is not None and not (past.held and tag in past.held.versions)
    section = tag if is_new and job.recipe.version else None
    if section is None:
        # What is there already says again what it said.
        _keep(job, past.changelog if past.is_listed else None)
    elif past.held is None:
        job = replace(job, changes=_FIRST)
        _note(job, past, section, _FIRST)
    results = run_stages(job, until="check", since=since)
    if not is_new or past.held is None:
        return results, _told(job)
    changes = _compared(job, target, past.held, accept_worse=accept_worse)
    if section and _note(job, past, section, changes):
        again = {result.stage: result for result in run_stages(replace(job, quiet=True), until="check", since=since)}
        results = [again[result.stage] if again[result.stage].ran else result for result in results]
    return results, _told(replace(job, changes=changes))


def _compared(job: Job, target: Target, held: PastCommit, *, accept_worse: bool) -> Changes:
    diff = compare_with(target.hub, job, held.sha, held.versions[0])
    if not accept_worse:
        refuse_worse(job, diff)
    return Changes(title_of(diff) or f"after {diff.tag}", body_of(diff))


def _look_back(job: Job, target: Target, tag: str | None) -> _Past:
    """Ask the Hub what it holds of this model."""
    hub, repo = target.hub, RepoId(job.repo_id)
    seen = hub.look(repo)
    if seen is None or seen.head is None:
        return _Past()
    held = held_version(hub.history(repo))
    sha = held.sha if held and tag in held.versions else seen.head
    names = [name for name in (CHANGELOG, MANIFEST) if name in hub.list_files(repo, sha)]
    if CHANGELOG not in names:
        return _Past(seen.head, held)
    with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
        folder = hub.download(repo, sha, Path(fresh) / "files", only=names)
        listed = published_manifest(folder, repo.type)
        is_listed = listed is not None and CHANGELOG in listed.by_path()
        return _Past(seen.head, held, (folder / CHANGELOG).read_bytes(), is_listed)


def _note(job: Job, past: _Past, tag: str, changes: Changes) -> bool:
    """Write the changelog with the section of a version; return whether it has changed.

    What was noted before keeps its date, so that the same release, run again another day, is the same.
    """

    def on(date: str) -> bytes:
        return with_section(past.changelog, tag, date, changes.body)

    return _keep(job, on(_noted_date(job, past, tag, on) or f"{datetime.now(UTC):%Y-%m-%d}"))


def _noted_date(job: Job, past: _Past, tag: str, on: Callable[[str], bytes]) -> str | None:
    """Return the date of the same section in a changelog: that of main, where it waits for its tag, or the one here."""
    here = job.changelog.read_bytes() if job.changelog.is_file() else None
    for changelog in (past.changelog, here):
        date = date_of(changelog, tag) if changelog else None
        if date and on(date) == changelog:
            return date
    return None


def _keep(job: Job, changelog: bytes | None) -> bool:
    """Let the changelog be what is to be published, None for none; return whether it has changed."""
    path = job.changelog
    if (path.read_bytes() if path.is_file() else None) == changelog:
        return False
    if changelog is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(changelog)
    return True


def _told(job: Job) -> Job:
    """Say what is about to be published; return the job."""
    if not job.quiet and job.changes:
        print(f"{job.title}\n\n{job.message}", file=sys.stderr)
    return job
