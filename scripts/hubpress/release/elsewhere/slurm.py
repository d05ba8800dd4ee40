"""A job of Slurm, which submitit starts: the build folder lies where the nodes see it, so that nothing is copied."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubpressError, PackageMissing, UsageError, first_line
from hubpress.hub.notices import tell
from hubpress.release.elsewhere.order import FOLDER, forget_launched, launched_before, note_launched, refuse_failed
from hubpress.release.elsewhere.processes import follow
from hubpress.release.job import Job

if TYPE_CHECKING:
    from pydantic import JsonValue

_WHERE = "--on slurm"
_LOCAL = "local"
_TIMES = ("timeout_min", "slurm_time")
_SETTINGS = "See update_parameters of submitit, such as timeout_min, gpus_per_node, slurm_partition."


@dataclass(frozen=True)
class Slurm:
    """Trains in a job of Slurm; *settings* are submitit's own, by its names.

    ``cluster: local`` runs the same job on this machine, without Slurm, to try it.
    """

    settings: Mapping[str, JsonValue]
    processes: int | None = None
    """On each node."""
    name: str = "slurm"
    shows_result: bool = True

    def refuse(self, job: Job) -> None:
        """Raise HubpressError where submitit or Slurm is missing, and for settings that submitit does not take."""
        if importlib.util.find_spec("submitit") is None:
            what = "jobs of Slurm are started by the package submitit, which is not installed."
            raise PackageMissing(what, where=_WHERE, hint="Install it: pip install 'hubpress[slurm]'.")
        if not self._is_local and (missing := [name for name in ("sbatch", "srun") if shutil.which(name) is None]):
            what = f"there is no {missing[0]} on this machine."
            raise HubpressError(what, where=_WHERE, hint="Run the command where jobs are given to Slurm.")
        if not any(name in self.settings for name in _TIMES):
            hint = "Give its minutes, such as --launch timeout_min=240."
            raise UsageError("Slurm wants to know how long the job may take.", where=_WHERE, hint=hint)
        self._executor(job)

    @property
    def _is_local(self) -> bool:
        return self.settings.get("cluster") == _LOCAL

    def _executor(self, job: Job) -> Any:
        import submitit

        settings = {name: value for name, value in self.settings.items() if name != "cluster"}
        cluster = str(self.settings.get("cluster", "slurm"))
        try:
            executor = submitit.AutoExecutor(folder=job.folder.resolve() / FOLDER / "slurm", cluster=cluster)
            executor.update_parameters(
                **{"name": f"hubpress-{job.recipe.name}", "tasks_per_node": self.processes or 1, **settings}
            )
        except (AssertionError, NameError, RuntimeError, TypeError, ValueError) as error:
            raise UsageError(f"submitit refuses: {first_line(error)}", where="--launch", hint=_SETTINGS) from error
        return executor

    def train(self, job: Job) -> str | None:
        """Start the job, or find the one that trains the same already, and wait for its end."""
        import submitit

        task: Any = None
        if (before := launched_before(job, self.name)) and not self._is_local:
            found = submitit.SlurmJob(job.folder.resolve() / FOLDER / "slurm", before.job)
            if found.paths.result_pickle.exists() or not found.done(force_check=True):
                tell(f"job {before.job} of Slurm trains this already; waiting for it.")
                task = found
        if task is None:
            if not self._is_local and shutil.which("sacct") is None:
                tell("there is no sacct here: a job that dies without a word goes unnoticed, ask squeue for it.")
            with submitit.helpers.clean_env():
                task = _submitted(self._executor(job), job.folder.resolve())
            note_launched(job, self.name, str(task.job_id))
            tell(f"job {task.job_id} of Slurm, whose log is {task.paths.stderr}.")
        follow(lambda: Path(task.paths.stderr), task.done, quiet=job.quiet)
        forget_launched(job)
        refuse_failed(job.folder)
        if not task.paths.result_pickle.exists():
            what = f"job {task.job_id} ended without a result ({task.state})."
            hint = f"Its log is {task.paths.stderr}; a longer time or more memory may help."
            raise HubpressError(what, where=_WHERE, hint=hint)
        return str(task.paths.stderr)


def _submitted(executor: Any, folder: Path) -> Any:
    import subprocess

    from submitit.core.utils import FailedJobError, FailedSubmissionError

    try:
        return executor.submit(PreparedTraining(), str(folder))
    except (FailedJobError, FailedSubmissionError, OSError, subprocess.CalledProcessError) as error:
        what = f"Slurm takes no job: {first_line(error)}"
        raise HubpressError(what, where=_WHERE, hint="Ask sbatch, or whoever runs the cluster.") from error


class PreparedTraining:
    """What runs in the job: the training of a build folder, by each task of it."""

    def __call__(self, folder: str) -> None:
        """Train, and raise RuntimeError where that failed, which ends the other tasks."""
        import submitit

        from hubpress.release.elsewhere.prepared import train_prepared

        if submitit.JobEnvironment().num_tasks > 1:
            # All GPUs of the node are seen by each task: accelerate takes the one of its local rank.
            submitit.helpers.TorchDistributedEnvironment().export(set_cuda_visible_devices=False, overwrite=True)
        if train_prepared(Path(folder)):
            raise RuntimeError("the training failed, as is said above")

    def checkpoint(self, folder: str) -> Any:
        """Return what submitit submits anew where the job's time is up, or it makes way: it goes on."""
        import submitit

        return submitit.helpers.DelayedSubmission(self, folder)
