"""The stages up to training, where a launcher's processes train: the data here, the weights there, one receipt."""

from __future__ import annotations

from typing import Protocol

from hubpress.errors import HubpressError, UsageError
from hubpress.preflight.packages import refuse_missing_packages
from hubpress.release.elsewhere.order import forget_launched, launched_before, refuse_failed, write_order
from hubpress.release.job import Job
from hubpress.release.meter import Meter, StageResult
from hubpress.release.receipts import current_receipt
from hubpress.release.runner import locked, print_result, run_stage, run_stages
from hubpress.release.stages import TRAIN
from hubpress.train.few_records import refuse_several_processes


class Launcher(Protocol):
    """Has an order trained: by processes that it starts, or by jobs that it gives to others."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def processes(self) -> int | None:
        """How many processes train together; None for one a GPU."""

    @property
    def shows_result(self) -> bool:
        """Whether what the training prints is shown while it runs, the line at its end included."""

    def refuse(self, job: Job) -> None:
        """Raise HubpressError for what it cannot do, before anything is spent."""

    def train(self, job: Job) -> str | None:
        """Have the order of a job trained, until weights and receipt, or the failure, are in its build folder.

        Return where all that it printed is, if it says that it failed. Raises HubpressError for what hinders it.
        """


def train_elsewhere(job: Job, launcher: Launcher) -> list[StageResult]:
    """Prepare the records here and have them trained; return the results of the stages up to training.

    What has not changed since a training, wherever that was, is not trained again. Raises HubpressError for what cannot
    be trained so, and for what went wrong there.
    """
    if job.recipe.trained:
        raise UsageError("a model that is trained already is taken over by one process.", hint="Run it by itself.")
    if (launcher.processes or 1) > 1:
        refuse_several_processes(job.recipe)
    refuse_missing_packages(job.recipe)  # here as there: the packages are the same
    launcher.refuse(job)
    results = run_stages(job, until="report")
    with locked(job.folder):
        if current_receipt(job, TRAIN):
            return [*results, run_stage(job, TRAIN)]
        return [*results, _trained(job, launcher)]


def _trained(job: Job, launcher: Launcher) -> StageResult:
    meter = Meter()
    if launched_before(job, launcher.name) is None:  # else a job may have left its receipt, or its failure, by now
        job.receipt(TRAIN.name).unlink(missing_ok=True)
        write_order(job, launcher.processes)
    log = launcher.train(job)
    forget_launched(job)
    refuse_failed(job.folder)
    receipt = current_receipt(job, TRAIN)
    if receipt is None:
        what = "the training ended without the weights that were asked for."
        raise HubpressError(what, where=launcher.name, hint=f"What it printed is in {log}." if log else None)
    size = sum(stamp.size for stamp in receipt.outputs)
    result = meter.result(TRAIN.name, receipt.summary, size=size, warnings=receipt.warnings)
    return result if launcher.shows_result else print_result(job, result)
