"""Training on several processes that torchrun or accelerate launch has started: rank 0 alone writes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context

from hubpress.children import end_with_parent
from hubpress.errors import UsageError
from hubpress.preflight.base import ask_base
from hubpress.preflight.packages import refuse_missing_packages
from hubpress.release.job import Job
from hubpress.release.meter import StageResult
from hubpress.release.runner import locked, run_stage
from hubpress.release.stages import STAGES, TRAIN
from hubpress.train.arguments import training_arguments
from hubpress.train.few_records import refuse_several_processes
from hubpress.train.trainer import train

_JOINING = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""By these variables of torchrun a process finds the others."""


def train_on_many(job: Job, *, is_prepared: bool = False) -> list[StageResult]:
    """Run the stages up to training on all processes; return rank 0's results, an empty list on the others.

    The other processes wait while rank 0 prepares the data and asks the base, then train beside it; rank 0 leaves the
    receipts. With *is_prepared* whoever has started them has prepared the data, and holds the build folder. Raises
    HubpressError for what either of the two finds.
    """
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    if job.recipe.trained:
        raise UsageError("a model that is trained already is taken over by one process.", hint="Run it by itself.")
    refuse_several_processes(job.recipe)
    refuse_missing_packages(job.recipe)
    end_with_parent()
    # Joins the processes; before it, each would think that it is alone.
    training_arguments(job.recipe, job.train)
    data = next(stage for stage in STAGES if stage.name == "data")
    state = PartialState()
    if not state.is_main_process:
        broadcast_object_list([None])  # rank 0 has prepared the data, or has failed and taken everyone down
        train(job.recipe, job.data, job.train, quiet=True, threads=job.threads)
        return []
    with nullcontext() if is_prepared else locked(job.folder):
        prepared = [] if is_prepared else [run_stage(job, data)]
        _ask_base(job)
        broadcast_object_list([None])
        return [*prepared, run_stage(job, TRAIN)]


def _ask_base(job: Job) -> None:
    """Ask the base in a process by itself: in this one it would wait for the others, who wait for it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_leave_the_others) as alone:
        alone.submit(ask_base, job.recipe, job.data, job.preflight, threads=job.threads).result()


def _leave_the_others() -> None:
    end_with_parent()
    for name in _JOINING:
        os.environ.pop(name, None)
