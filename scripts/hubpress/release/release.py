"""The stages in order, each with a receipt: what has not changed is skipped, what was killed goes on."""

from __future__ import annotations

import sys

from hubpress.hub import client as hub
from hubpress.layout import SPLITS_FACTS
from hubpress.manifest import Manifest
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.push import push
from hubpress.release.runner import StageResult, locked, run_stage, run_stages
from hubpress.release.targets import Target
from hubpress.verify.proof import Proof


def release(job: Job, target: Target, *, isolated: bool = False) -> tuple[list[StageResult], list[hub.PushResult]]:
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


def _verify_stage(target: Target, pushed: hub.PushResult) -> Stage:
    def run(job: Job) -> StageOutput:
        from hubpress.verify.model import verify

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
    return Stage("verify", lambda job: settings, lambda job: [job.manifest, job.data / SPLITS_FACTS], run)


def _verify_space_stage(target: Target, pushed: hub.PushResult, *, isolated: bool) -> Stage:
    def run(job: Job) -> StageOutput:
        from hubpress.verify.space import verify_space

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


def _proved(job: Job, proof: Proof) -> StageOutput:
    proof.raise_if_failed()
    if not job.quiet:
        print(proof.table(), file=sys.stderr)
    return StageOutput([], f"{proof.count} proofs hold for {proof.sha[:7]}")
