"""The stages in order, each with a receipt: what has not changed is skipped, what was killed goes on."""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress import hub
from hubpress.errors import HubpressError
from hubpress.files import PARTIAL, Manifest
from hubpress.proof import Proof
from hubpress.receipts import Receipt, Stamp
from hubpress.space import build_space
from hubpress.stages import STAGES, Job, Made, Stage, refuse_problems


@dataclass(frozen=True)
class Outcome:
    """One row of the table at the end: a stage, its result in a line, its seconds, whether it had to run."""

    stage: str
    result: str
    seconds: float
    ran: bool


@dataclass(frozen=True)
class Target:
    """A Hub to publish on: where it is, with which token, and what to call it in receipts."""

    endpoint: str
    token: str | None
    name: str
    private: bool | None = None
    tag: str | None = None


def run_stages(job: Job, *, until: str) -> list[Outcome]:
    """Run the stages up to and with *until*; return an outcome for each. Raises HubpressError at the first failure."""
    outcomes = []
    with locked(job.folder):
        for leftover in job.folder.rglob(f"*{PARTIAL}"):
            if leftover.is_file():
                leftover.unlink()
        for stage in STAGES:
            outcomes.append(run_stage(job, stage))
            if stage.name == until:
                break
    return outcomes


def run_stage(job: Job, stage: Stage) -> Outcome:
    """Run one stage unless its receipt says that nothing would change; leave a receipt, last of all."""
    path = job.receipt(stage.name)
    started = time.monotonic()
    inputs, settings = stage.inputs(job), stage.settings(job)
    receipt = Receipt.read(path)
    if receipt is not None and receipt.is_current(settings, inputs, build=job.folder):
        return _told(job, Outcome(stage.name, receipt.summary, time.monotonic() - started, ran=False))
    _announce(job, stage.name)
    stamps = [Stamp.of(file, build=job.folder) for file in inputs]
    made = stage.run(job)
    seconds = time.monotonic() - started
    Receipt.write(
        path,
        stage=stage.name,
        settings=settings,
        inputs=stamps,
        outputs=made.outputs,
        build=job.folder,
        summary=made.summary,
        seconds=seconds,
    )
    return _told(job, Outcome(stage.name, made.summary, seconds, ran=True))


def release(job: Job, target: Target, *, isolated: bool = False) -> tuple[list[Outcome], list[hub.PushResult]]:
    """Run all stages, push model and Space in one commit each, verify both; return the outcomes and the pushes.

    *isolated* runs the Space in a fresh environment. Raises HubpressError at the first stage that fails; the same call
    then goes on from there.
    """
    outcomes = run_stages(job, until="check")
    with locked(job.folder):
        pushing, pushes = push(job, target)
        outcomes += pushing
        outcomes.append(run_stage(job, _verify_stage(target, pushes[0])))
        for pushed in pushes[1:]:
            outcomes.append(run_stage(job, _verify_space_stage(target, pushed, isolated=isolated)))
    return outcomes, pushes


def push(job: Job, target: Target) -> tuple[list[Outcome], list[hub.PushResult]]:
    """Publish the staged model, then its Space, pinned to the model's commit.

    Always asks the Hub what it has: only the Hub knows what has not changed.
    """
    started = time.monotonic()
    _announce(job, "push")
    manifest = Manifest.load(job.manifest)
    where: dict[str, Any] = {"endpoint": target.endpoint, "token": target.token, "private": target.private}
    message = f"Release {job.recipe.repo_name}"
    pushed = hub.push(job.repo, manifest, repo_id=job.repo_id, message=message, tag=target.tag, **where)
    manifest.save(job.pushed / f"{pushed.sha}.json")
    outcomes = [_pushed(job, "push", pushed, started)]
    if not job.recipe.has_space:
        return outcomes, [pushed]
    started = time.monotonic()
    _announce(job, "push space")
    build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=pushed.sha)
    refuse_problems(job.pinned_space, revision=pushed.sha)
    manifest = Manifest.of_folder(job.pinned_space)
    message = f"Run {job.repo_id} at {pushed.sha[:7]}"
    space = hub.push(job.pinned_space, manifest, repo_id=job.repo_id, message=message, repo_type="space", **where)
    manifest.save(job.pushed_spaces / f"{space.sha}.json")
    return [*outcomes, _pushed(job, "push space", space, started)], [pushed, space]


def _pushed(job: Job, stage: str, pushed: hub.PushResult, started: float) -> Outcome:
    at = f"{pushed.repo_id}@{pushed.sha[:7]}"
    if pushed.changed:
        removed = f", {len(pushed.removed)} removed" if pushed.removed else ""
        result = f"{at}: 1 commit, {len(pushed.uploaded)} files{removed}, {pushed.uploaded_bytes:,} bytes uploaded"
    else:
        result = f"{at}: unchanged, no commit, 0 bytes uploaded"
    return _told(job, Outcome(stage, result, time.monotonic() - started, ran=pushed.changed))


def _verify_stage(target: Target, pushed: hub.PushResult) -> Stage:
    def run(job: Job) -> Made:
        from hubpress.verify import verify

        proof = verify(
            job.repo_id,
            sha=pushed.sha,
            endpoint=target.endpoint,
            token=target.token,
            recipe=job.recipe,
            data_folder=job.data,
            scratch=job.folder / "verify",
            manifest=Manifest.load(job.manifest),
            threads=job.threads,
        )
        return _proved(job, proof)

    settings = {"hub": target.name, "repo_id": pushed.repo_id, "sha": pushed.sha}
    return Stage("verify", lambda job: settings, lambda job: [job.manifest, job.data / "data.json"], run)


def _verify_space_stage(target: Target, pushed: hub.PushResult, *, isolated: bool) -> Stage:
    def run(job: Job) -> Made:
        from hubpress.verify_space import verify_space

        proof = verify_space(
            pushed.repo_id,
            sha=pushed.sha,
            endpoint=target.endpoint,
            token=target.token,
            scratch=job.folder / "verify-space",
            manifest=Manifest.load(job.pushed_spaces / f"{pushed.sha}.json"),
            isolated=isolated,
        )
        return _proved(job, proof)

    settings = {"hub": target.name, "repo_id": pushed.repo_id, "sha": pushed.sha, "isolated": isolated}
    return Stage("verify space", lambda job: settings, lambda job: [], run)


def _proved(job: Job, proof: Proof) -> Made:
    proof.raise_if_failed()
    if not job.quiet:
        print(proof.table(), file=sys.stderr)
    return Made([], f"{proof.count} proofs hold for {proof.sha[:7]}")


def _announce(job: Job, stage: str) -> None:
    if not job.quiet:
        print(f"{stage}: running", file=sys.stderr, flush=True)


def _told(job: Job, outcome: Outcome) -> Outcome:
    if not job.quiet:
        how = f"{outcome.seconds:.1f} s" if outcome.ran else "unchanged"
        print(f"{outcome.stage}: {how}: {outcome.result}", file=sys.stderr, flush=True)
    return outcome


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a build folder: two commands at once would write over each other's work."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HubpressError(
                "another hubpress command is working here.",
                where=str(folder),
                hint="Wait for it, or use another --build-dir.",
            ) from error
        yield
