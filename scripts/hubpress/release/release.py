"""A whole release: the stages, and model and Space through the gate."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from hubpress.release.ahead import ask_ahead
from hubpress.release.changes import staged_with_changes
from hubpress.release.gate import release_gated
from hubpress.release.job import Job
from hubpress.release.proofs import model_proof, space_proof
from hubpress.release.push import PushedRelease, push
from hubpress.release.released import keep_released
from hubpress.release.runner import locked, run_stage
from hubpress.release.targets import Target


@dataclass(frozen=True)
class ReleaseResult(PushedRelease):
    """A release that has been verified too: the proofs are among its stages."""


def release(
    job: Job,
    target: Target,
    *,
    isolated: bool = False,
    gate: bool = True,
    only_propose: bool = False,
    accept_worse: bool = False,
) -> ReleaseResult:
    """Run all stages, put model and Space where only their owner looks, prove both there, then promote them.

    *isolated* runs the Space in a fresh environment. *only_propose* stops at pull requests that hold the proofs;
    without *gate*, main is changed before anything is proved. A version with a figure that fell beyond noise since the
    one before is refused, unless *accept_worse*. Raises HubpressError at the first stage that fails; the same call then
    goes on from there.
    """
    ask_ahead(job, target)
    stages, job = staged_with_changes(job, target, accept_worse=accept_worse)
    with locked(job.folder):
        if gate:
            pushed = release_gated(job, target, isolated=isolated, only_propose=only_propose)
        else:
            pushed = _release_at_once(job, target, isolated=isolated)
        if not (gate and only_propose):
            keep_released(job, target, pushed)
    return ReleaseResult((*stages, *pushed.stages), pushed.model, pushed.space, pushed.data)


def _release_at_once(job: Job, target: Target, *, isolated: bool) -> PushedRelease:
    """Publish first and prove then, as it was asked for."""
    print("hubpress: without the gate: main is changed before anything is proved.", file=sys.stderr)
    pushed = push(job, target)
    records = pushed.data.sha if pushed.data else None
    proofs = [run_stage(job, model_proof(target, job, pushed.model.sha, records=records))]
    if pushed.space:
        proofs.append(run_stage(job, space_proof(target, job, pushed.space.sha, isolated=isolated)))
    return PushedRelease((*pushed.stages, *proofs), pushed.model, pushed.space, pushed.data)
