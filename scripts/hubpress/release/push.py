"""The staged model and its Space, each published in one commit."""

from __future__ import annotations

import time
from typing import Any

from hubpress.check.folder import refuse_problems
from hubpress.hub import client as hub
from hubpress.manifest import Manifest
from hubpress.release.job import Job
from hubpress.release.runner import StageResult, print_result, print_start
from hubpress.release.targets import Target
from hubpress.space.build import build_space


def push(job: Job, target: Target) -> tuple[list[StageResult], list[hub.PushResult]]:
    """Publish the staged model, then its Space, pinned to the model's commit.

    Always asks the Hub what it has: only the Hub knows what has not changed.
    """
    started = time.monotonic()
    print_start(job, "push")
    manifest = Manifest.load(job.manifest)
    where: dict[str, Any] = {"endpoint": target.endpoint, "token": target.token, "private": target.private}
    message = f"Release {job.recipe.repo_name}"
    pushed = hub.push(job.repo, manifest, repo_id=job.repo_id, message=message, tag=target.tag, **where)
    manifest.save(job.pushed / f"{pushed.sha}.json")
    outcomes = [_pushed(job, "push", pushed, started)]
    if not job.recipe.has_space:
        return outcomes, [pushed]
    started = time.monotonic()
    print_start(job, "push space")
    build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=pushed.sha)
    refuse_problems(job.pinned_space, revision=pushed.sha)
    manifest = Manifest.of_folder(job.pinned_space)
    message = f"Run {job.repo_id} at {pushed.sha[:7]}"
    space = hub.push(job.pinned_space, manifest, repo_id=job.repo_id, message=message, repo_type="space", **where)
    manifest.save(job.pushed_spaces / f"{space.sha}.json")
    return [*outcomes, _pushed(job, "push space", space, started)], [pushed, space]


def _pushed(job: Job, stage: str, pushed: hub.PushResult, started: float) -> StageResult:
    at = f"{pushed.repo_id}@{pushed.sha[:7]}"
    if pushed.changed:
        removed = f", {len(pushed.removed)} removed" if pushed.removed else ""
        result = f"{at}: 1 commit, {len(pushed.uploaded)} files{removed}, {pushed.uploaded_bytes:,} bytes uploaded"
    else:
        result = f"{at}: unchanged, no commit, 0 bytes uploaded"
    return print_result(job, StageResult(stage, result, time.monotonic() - started, ran=pushed.changed))
