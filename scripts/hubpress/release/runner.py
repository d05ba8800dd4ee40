"""Stages run in their order, each with a receipt: what has not changed is skipped, what was killed goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hubpress.bases.stated_positions import refuse_beyond_stated
from hubpress.check.own_files import refuse_bad_files
from hubpress.disk import telling_full_disk
from hubpress.errors import HubpressError, UsageError
from hubpress.files import PARTIAL
from hubpress.hub.client import Hub
from hubpress.preflight.packages import refuse_missing_packages
from hubpress.recipe.load import refuse_unwritten
from hubpress.release.job import Job, Stage
from hubpress.release.meter import Meter, StageResult
from hubpress.release.progress import progress_of
from hubpress.release.receipts import current_receipt, leave_receipt, stamp_of
from hubpress.release.stages import STAGE_NAMES, STAGES, TRAIN
from hubpress.signature import refuse_no_key
from hubpress.trained.unloaded import refuse_unfit_for


def run_stages(job: Job, until: str, *, since: str = STAGE_NAMES[0]) -> list[StageResult]:
    """Run the stages from *since* up to and with *until*; return a result for each.

    Raises HubpressError at the first failure.
    """
    if until not in STAGE_NAMES:
        raise UsageError(f"there is no stage {until!r}.", hint=f"The stages are {', '.join(STAGE_NAMES)}.")
    results = []
    with locked(job.folder):
        for leftover in job.folder.rglob(f"*{PARTIAL}"):
            if leftover.is_file():
                leftover.unlink()
        says_texts = STAGE_NAMES.index(until) >= STAGE_NAMES.index("card")
        if says_texts:
            refuse_unwritten(job.recipe)
        refuse_bad_files(job.recipe.own_files, job.recipe.folder)
        if job.recipe.starts_from.id or job.recipe.data.dataset:
            Hub.of_environment()  # raises UsageError where it cannot be asked
        if job.recipe.provenance.sign and says_texts:
            refuse_no_key()
        refuse_beyond_stated(job.recipe)
        if job.recipe.trained and not current_receipt(job, TRAIN):  # else it has been taken already, and is not asked
            refuse_unfit_for(job.recipe)
        trains = STAGE_NAMES.index(until) >= STAGE_NAMES.index(TRAIN.name) and not job.recipe.trained
        if trains and not current_receipt(job, TRAIN):
            refuse_missing_packages(job.recipe)
        for stage in STAGES[STAGE_NAMES.index(since) :]:
            results.append(run_stage(job, stage))
            if stage.name == until:
                break
    return results


def run_stage(job: Job, stage: Stage) -> StageResult:
    """Run one stage unless its receipt says that nothing would change; leave a receipt, last of all."""
    meter = Meter()
    if receipt := current_receipt(job, stage):
        size = sum(stamp.size for stamp in receipt.outputs)
        result = meter.result(stage.name, receipt.summary, ran=False, size=size, warnings=receipt.warnings)
        return print_result(job, result)
    with progress_of(stage.name, quiet=job.quiet):
        inputs = [stamp_of(job, path) for path in stage.inputs(job)]
        output = stage.run(job)
        if output.lasts:
            leave_receipt(job, stage, inputs, output, meter.seconds)
    size = sum(path.stat().st_size for path in output.outputs)
    return print_result(job, meter.result(stage.name, output.summary, size=size, warnings=output.warnings))


def print_result(job: Job, result: StageResult) -> StageResult:
    """Say on stderr what a stage did; return the same."""
    if not job.quiet:
        how = f"{result.seconds:.1f} s" if result.ran else "unchanged"
        print(f"{result.stage}: {how}: {result.result}", file=sys.stderr, flush=True)
        for sentence in result.warnings:
            print(f"{result.stage}: WARNING: {sentence}", file=sys.stderr, flush=True)
    return result


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a build folder: two commands at once would write over each other's work.

    The system drops the lock with the process, however that ends. Raises HubpressError where another one holds it.
    """
    with telling_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise HubpressError(
            "another hubpress command is working here.",
            where=str(folder),
            hint="Wait for it, or use another --build-dir.",
        ) from None
    try:
        with telling_full_disk(folder):
            yield
    finally:
        lock.release()
