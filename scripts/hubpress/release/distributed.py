"""Training on several processes that torchrun or accelerate launch has started: rank 0 alone writes."""

from __future__ import annotations

from hubpress.release.job import Job
from hubpress.release.runner import StageResult, locked, run_stage
from hubpress.release.stages import STAGES
from hubpress.train.arguments import training_arguments
from hubpress.train.trainer import train


def train_on_many(job: Job) -> list[StageResult]:
    """Run the stages up to training on all processes; return rank 0's results, an empty list on the others.

    The other processes wait while rank 0 prepares the data, then train beside it; rank 0 leaves the receipts.
    """
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    # Joins the processes; before it, each would think that it is alone.
    training_arguments(job.recipe, job.train)
    data, training = (next(stage for stage in STAGES if stage.name == name) for name in ("data", "train"))
    state = PartialState()
    if not state.is_main_process:
        broadcast_object_list([None])  # rank 0 has prepared the data, or has failed and taken everyone down
        train(job.recipe, job.data, job.train, quiet=True, threads=job.threads)
        return []
    with locked(job.folder):
        prepared = run_stage(job, data)
        broadcast_object_list([prepared.result])
        return [prepared, run_stage(job, training)]
