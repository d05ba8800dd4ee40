"""A whole release: the stages, the pushes and the proofs, each with a receipt."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from hubpress.hub.client import PushResult
from hubpress.hub.ids import RepoId
from hubpress.layout import SPLITS_FACTS
from hubpress.manifest import Manifest
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.push import PushedRelease, push
from hubpress.release.runner import locked, run_stage, run_stages
from hubpress.release.targets import Target
from hubpress.verify.proof import Proof
from hubpress.verify.published import PublishedCommit


@dataclass(frozen=True)
class ReleaseResult(PushedRelease):
    """A release that has been verified too: its last stages are the proofs."""


def release(job: Job, target: Target, *, isolated: bool = False) -> ReleaseResult:
    """Run all stages, push model and Space in one commit each, verify both.

    *isolated* runs the Space in a fresh environment. Raises HubpressError at the first stage that fails; the same call
    then goes on from there.
    """
    stages = run_stages(job, until="check")
    with locked(job.folder):
        pushed = push(job, target)
        proofs = [run_stage(job, _verify_model_stage(target, pushed.model))]
        if pushed.space:
            proofs.append(run_stage(job, _verify_space_stage(target, pushed.space, isolated=isolated)))
    return ReleaseResult((*stages, *pushed.stages, *proofs), pushed.model, pushed.space)


def proof_stage(
    name: str, prove: Callable[[Job], Proof], *, settings: dict[str, JsonValue], inputs: Callable[[Job], list[Path]]
) -> Stage:
    """Return the stage that holds a published commit against its card; it fails with the proof's differences."""

    def run(job: Job) -> StageOutput:
        proof = prove(job)
        proof.raise_if_failed()
        if not job.quiet:
            print(proof.table(), file=sys.stderr)
        return StageOutput([], f"{proof.count} proofs hold for {proof.sha[:7]}")

    return Stage(name, inputs, lambda job: settings, run)


def _verify_model_stage(target: Target, pushed: PushResult) -> Stage:
    def prove(job: Job) -> Proof:
        from hubpress.verify.model import verify_model

        commit = PublishedCommit(target.hub, RepoId(pushed.repo_id), pushed.sha)
        return verify_model(
            commit,
            job.recipe,
            job.data,
            scratch=job.folder / "verify",
            manifest=Manifest.load(job.manifest),
            threads=job.threads,
        )

    settings: dict[str, JsonValue] = {"hub": target.name, "repo_id": pushed.repo_id, "sha": pushed.sha}
    return proof_stage("verify", prove, settings=settings, inputs=lambda job: [job.manifest, job.data / SPLITS_FACTS])


def _verify_space_stage(target: Target, pushed: PushResult, *, isolated: bool) -> Stage:
    def prove(job: Job) -> Proof:
        from hubpress.verify.space import verify_space

        commit = PublishedCommit(target.hub, RepoId(pushed.repo_id, "space"), pushed.sha)
        manifest = Manifest.load(job.pushed_spaces / f"{pushed.sha}.json")
        return verify_space(commit, scratch=job.folder / "verify-space", manifest=manifest, isolated=isolated)

    settings: dict[str, JsonValue] = {
        "hub": target.name,
        "repo_id": pushed.repo_id,
        "sha": pushed.sha,
        "isolated": isolated,
    }
    return proof_stage("verify space", prove, settings=settings, inputs=lambda job: [])
