"""The stages that hold a published commit against its card; their receipts count for one Hub and one commit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from hubpress.files import JsonObject, write_text
from hubpress.hub.ids import RepoId
from hubpress.layout import PAGE, SPLITS_FACTS
from hubpress.manifest import Manifest
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.release.receipts import leave_receipt, read_receipt, stamp_of
from hubpress.release.targets import Target
from hubpress.verify.browser import find_browser
from hubpress.verify.proof import Proof
from hubpress.verify.published import PublishedCommit


def model_proof(target: Target, job: Job, sha: str, *, records: str | None = None) -> Stage:
    """Return the stage that proves a commit of the job's model.

    *records* is the commit of the data set of its test split, where that is published and proved with it.
    """

    def prove(job: Job) -> Proof:
        from hubpress.verify.model import verify_model

        commit = PublishedCommit(target.hub, RepoId(job.repo_id), sha)
        return verify_model(
            commit,
            job.recipe,
            job.data,
            scratch=job.folder / "verify",
            manifest=Manifest.load(job.manifest),
            threads=job.threads,
            published=PublishedCommit(target.hub, RepoId(str(job.data_id), "dataset"), records) if records else None,
        )

    settings: dict[str, JsonValue] = {"hub": target.name, "repo_id": job.repo_id, "sha": sha}
    settings |= {"records": records} if records else {}
    return _proof_stage("verify", prove, settings=settings, inputs=lambda job: [job.manifest, job.data / SPLITS_FACTS])


def space_proof(target: Target, job: Job, sha: str, *, isolated: bool) -> Stage:
    """Return the stage that proves a commit of the job's Space; *isolated* runs it in a fresh environment."""

    def prove(job: Job) -> Proof:
        from hubpress.verify.space import verify_space

        commit = PublishedCommit(target.hub, RepoId(job.repo_id, "space"), sha)
        manifest = Manifest.load(job.pushed_spaces / f"{sha}.json")
        records = some_test_records(job.data)
        scratch = job.folder / "verify-space"
        return verify_space(commit, scratch=scratch, manifest=manifest, isolated=isolated, records=records)

    settings: dict[str, JsonValue] = {"hub": target.name, "repo_id": job.repo_id, "sha": sha, "isolated": isolated}
    if (job.pinned_space / PAGE).is_file():
        settings["browser"] = find_browser() is not None  # once there is one, the page is asked
    return _proof_stage("verify space", prove, settings=settings, inputs=lambda job: [])


def some_test_records(data: Path) -> list[str | JsonObject]:
    """Return test records as the model reads them, from all of the split, as many as the page of a Space is asked."""
    from hubpress.data.stored import load_split
    from hubpress.inference.inputs import inputs_of, texts_in
    from hubpress.verify.static_space import MOST_RECORDS

    split = load_split(data, "test")
    step = max(1, len(split) // MOST_RECORDS)
    chosen = split.select(range(0, len(split), step)).select_columns(texts_in(split))
    return [*inputs_of(chosen[:MOST_RECORDS])]


def keep_proof(job: Job, stays: Stage) -> None:
    """Let what was proved last count for the commit of the same files that stays, whose stage is *stays*."""
    if receipt := read_receipt(job, stays.name):
        stamps = [stamp_of(job, path) for path in stays.inputs(job)]
        leave_receipt(job, stays, stamps, StageOutput([_table(job, stays.name)], receipt.summary), receipt.seconds)


def proof_table(job: Job, stage: str) -> str:
    """Return the table of the proof that a stage made last; empty where there is none."""
    path = _table(job, stage)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _proof_stage(
    name: str, prove: Callable[[Job], Proof], *, settings: dict[str, JsonValue], inputs: Callable[[Job], list[Path]]
) -> Stage:
    """Return the stage that holds a published commit against its card; it fails with the proof's differences."""

    def run(job: Job) -> StageOutput:
        proof = prove(job)
        proof.raise_if_failed()
        if not job.quiet:
            print(proof.table(), file=sys.stderr)
        table = _table(job, name)
        write_text(table, proof.table() + "\n")
        left = f"; unproved: {'; '.join(proof.unproved)}" if proof.unproved else ""
        return StageOutput([table], f"{proof.count} proofs hold for {proof.sha[:7]}{left}")

    return Stage(name, inputs, lambda job: settings, run)


def _table(job: Job, stage: str) -> Path:
    return job.folder / "proofs" / f"{stage.replace(' ', '-')}.txt"
