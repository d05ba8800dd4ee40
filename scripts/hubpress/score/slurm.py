"""What is missing, as a job array of Slurm: shared among tasks, written as a script, submitted by sbatch."""

from __future__ import annotations

import heapq
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubpressError, UsageError
from hubpress.files import write_text
from hubpress.schemas.document import DocumentError
from hubpress.schemas.scoring import ScoredFile, ScoringTasks, SharedFile
from hubpress.score.parts import TASKS, Parts
from hubpress.score.work import Work
from hubpress.text import counted

TOLD = "tasks.json"
_SCRIPT = "job.sh"
_OURS = ("array", "parsable", "wrap")


@dataclass(frozen=True)
class Slurm:
    """How what is missing is submitted."""

    tasks: int
    options: Mapping[str, str | None]
    """Of sbatch, by their long names; None of one without a value."""
    workers: int | None

    def submit(self, work: Work, parts: Parts, files: Sequence[ScoredFile]) -> str:
        """Submit what is missing of *files*, and return the job's id. Raises HubpressError where Slurm refuses it."""
        folder = parts.folder.resolve()
        shared = shares([file.size for file in files], self.tasks)
        given = [SharedFile(file=file, tasks=tasks) for file, tasks in zip(files, shared, strict=True)]
        model = work.model.fetched(parts.cache).resolve()  # here: the machines of a cluster often reach nothing else
        told = ScoringTasks(
            run=parts.run, model_folder=str(model), ids=work.ids, workers=self.workers, tasks=self.tasks, files=given
        )
        numbers = {number for one in given for number in missing(one, parts)}
        script = write_script(folder, numbers, {"cpus-per-task": str(self.workers or 1), **self.options})
        told.save(folder / TASKS / TOLD)
        ran = subprocess.run(["sbatch", "--parsable", script], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            said = ran.stderr.strip() or ran.stdout.strip() or f"it ends with {ran.returncode}"
            raise HubpressError(said.splitlines()[-1], where="sbatch", hint=f"What it was given: {script}.")
        job = ran.stdout.strip().partition(";")[0]
        told.model_copy(update={"job": job}).save(folder / TASKS / TOLD)
        return job


def refuse_without_slurm(tasks: int | None) -> None:
    """Raise UsageError where nobody said to how many tasks, HubpressError where this machine cannot submit anything."""
    if tasks is None:
        raise UsageError("needs the number of tasks.", where="--engine slurm", hint="Give it: --tasks 16.")
    if shutil.which("sbatch") is None:
        hint = "Run the command where jobs are submitted, such as a login node of the cluster."
        raise HubpressError("needs sbatch, which is not on the PATH.", where="--engine slurm", hint=hint)


def refuse_while_queued(folder: Path) -> None:
    """Raise HubpressError while tasks of an earlier call wait or run, as far as Slurm says so."""
    try:
        job = ScoringTasks.load(folder / TASKS / TOLD).job
    except DocumentError:
        return
    if job is None or shutil.which("squeue") is None:
        return
    ran = subprocess.run(
        ["squeue", "--noheader", "--array", f"--jobs={job}"], capture_output=True, text=True, check=False
    )
    if ran.returncode == 0 and (lines := ran.stdout.strip().splitlines()):  # of one that is forgotten it is an error
        what = f"{counted(len(lines), 'task')} of job {job} wait or run."
        raise HubpressError(what, where=str(folder), hint=f"Wait for them, or end them: scancel {job}.")


def sbatch_options(words: Iterable[str]) -> dict[str, str | None]:
    """Return what ``KEY=VALUE`` and ``KEY`` say. Raises UsageError for what is none, or ours to say."""
    found: dict[str, str | None] = {}
    for word in words:
        key, sign, value = word.partition("=")
        key = key.strip().removeprefix("--")
        if not key.replace("-", "").isalnum() or "\n" in value:
            raise UsageError(f"{word!r} is no option.", where="--sbatch", hint="Write KEY=VALUE: partition=long.")
        if key in _OURS:
            raise UsageError(
                f"{key} is settled by hubpress.", where="--sbatch", hint="--tasks says how many there are."
            )
        found[key] = value if sign else None
    return found


def shares(sizes: Sequence[int], tasks: int) -> list[list[int]]:
    """Return for files of such sizes which tasks answer each, so that all have about as much to do.

    The largest files come first, each to those with the least so far; one that is larger than a task's part of all
    goes to several.
    """
    part = max(sum(sizes) / tasks, 1.0)
    waiting = [(0.0, number) for number in range(tasks)]
    found: list[list[int]] = [[] for _ in sizes]
    for place in sorted(range(len(sizes)), key=lambda place: (-sizes[place], place)):
        several = max(1, min(tasks, round(sizes[place] / part)))
        taken = [heapq.heappop(waiting) for _ in range(several)]
        for load, number in taken:
            heapq.heappush(waiting, (load + sizes[place] / several, number))
        found[place] = sorted(number for _, number in taken)
    return found


def write_script(folder: Path, numbers: Iterable[int], options: Mapping[str, str | None]) -> Path:
    """Write the script of a job array with these tasks, and return where it stands."""
    given = {
        "job-name": "hubpress-score", "output": str(folder / TASKS / "%A_%a.log"), **options,
        "array": ",".join(map(str, sorted(numbers))),
    }  # fmt: skip
    lines = [
        f"#SBATCH {shlex.quote(f'--{key}' if value is None else f'--{key}={value}')}" for key, value in given.items()
    ]
    command = shlex.join([sys.executable, "-P", "-m", "hubpress.score.task", str(folder)])
    path = folder / TASKS / _SCRIPT
    write_text(path, "\n".join(["#!/bin/bash", *lines, f'exec {command} "$SLURM_ARRAY_TASK_ID"']) + "\n")
    return path


def missing(shared: SharedFile, parts: Parts) -> set[int]:
    """Return the tasks that have something to do on a file: all, where nobody knows yet how many parts it has."""
    done = parts.rows_of(shared.file)
    last = next((n for (path, n), part in parts.kept.items() if path == shared.file.path and part.is_last), None)
    if last is None:
        return set(shared.tasks)
    return {shared.tasks[number % len(shared.tasks)] for number in range(last + 1) if number not in done}
