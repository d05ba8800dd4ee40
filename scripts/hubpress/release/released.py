"""What was released from a build folder, and where: a document for each Hub and owner, with its proofs beside it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.files import digest_of, write_text
from hubpress.layout import EVALUATION, RELEASED
from hubpress.release.job import Job
from hubpress.release.proofs import proof_table
from hubpress.release.push import PushedRelease
from hubpress.release.receipts import read_receipt
from hubpress.release.targets import Target
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.released import Figure, ProvedCommit, Released


def keep_released(job: Job, target: Target, pushed: PushedRelease) -> Released:
    """Note that a release is on main and proved, with the proofs as they are now; return the note.

    One that has not changed keeps its date.
    """
    folder = _folder(job, target.name)
    model = _proved(job, folder, "verify", pushed.model.sha)
    space = _proved(job, folder, "verify space", pushed.space.sha) if pushed.space else None
    evaluation = Evaluation.load(job.repo / EVALUATION)
    before, tag = read_released(job, target.name), job.tag(target.tag)
    same = before and (before.model.sha, before.space and before.space.sha, before.tag) == (
        *(model.sha, space and space.sha),
        tag or before.tag,
    )
    released = Released(
        model_name=job.recipe.name,
        title=job.recipe.title,
        hub=target.name,
        repo_id=job.repo_id,
        tag=tag or (before.tag if before and same else None),
        date=before.date if before and same else datetime.now(UTC).isoformat(timespec="seconds"),
        figure=Figure.of(evaluation),
        is_sample=evaluation.sample.is_sample,
        model=model,
        space=space,
    )
    released.save(folder / RELEASED)
    return released


def read_released(job: Job, hub: str) -> Released | None:
    """Return the note of a release at the job's owner, None where there is none that can be read."""
    return _read(_folder(job, hub) / RELEASED)


def all_released(folder: Path) -> dict[Path, Released]:
    """Return the notes of all releases from the build folder of a model, each by its file, the newest first."""
    found = {path: note for path in folder.glob(f"released/*/*/*/{RELEASED}") if (note := _read(path))}
    return dict(sorted(found.items(), key=lambda one: (one[1].date, one[1].repo_id), reverse=True))


def note_withdrawn(build_dir: Path, repo_id: str, version: str, back_to: str, *, commits: Collection[str]) -> None:
    """Note of a model's release that it was withdrawn for the version before; *commits* are those of the Hub's main, so
    that a release of the same name elsewhere is not meant."""
    for path in build_dir.glob(f"*/released/*/{repo_id}/{RELEASED}"):
        note = _read(path)
        if note and note.tag == version and note.model.sha in commits:
            note.model_copy(update={"withdrawn_for": back_to}).save(path)


def _read(path: Path) -> Released | None:
    try:
        return Released.load(path)
    except DocumentError:
        return None


def _folder(job: Job, hub: str) -> Path:
    return job.folder / "released" / digest_of(hub)[:8] / job.repo_id


def _proved(job: Job, folder: Path, stage: str, sha: str) -> ProvedCommit:
    """Keep the table of a proof: that of the build folder is written over by the next."""
    receipt = read_receipt(job, stage)
    if receipt is None:
        raise HubpressError(f"has no receipt of {stage!r}.", where=job.repo_id, hint="Run the same command again.")
    table = f"{stage.replace(' ', '-')}.txt"
    write_text(folder / table, proof_table(job, stage))
    return ProvedCommit(sha=sha, proof=receipt.summary, table=table)
