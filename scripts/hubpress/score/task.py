"""One task of a job array: ``python -m hubpress.score.task FOLDER NUMBER`` answers its share of tasks.json."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hubpress import __version__
from hubpress.disk import telling_full_disk
from hubpress.errors import HubpressError
from hubpress.layout import QUANTIZED
from hubpress.schemas.scoring import ScoringRun, ScoringTasks
from hubpress.score.model import ChosenModel, chosen_model
from hubpress.score.parts import RUN, TASKS, Parts
from hubpress.score.progress import Ahead, Progress
from hubpress.score.readers import Wanted
from hubpress.score.slurm import TOLD
from hubpress.score.sources import source_at
from hubpress.score.work import Work

_AGAIN = "Run hubpress score again: it submits what is missing."
_QUIET_SECONDS = 30.0


def answer_share(folder: Path, number: int) -> None:
    """Answer the share of a task, beside the others; whichever ends last gathers the rows that have no answer.

    Raises HubpressError where files, model or hubpress are no longer those that were submitted.
    """
    told = ScoringTasks.load(folder / TASKS / TOLD)

    def run() -> ScoringRun:
        nonlocal told
        before, told = told, ScoringTasks.load(folder / TASKS / TOLD)  # perhaps anew while this task waited
        same = told.tasks == before.tasks and number < told.tasks
        if not same or told.run != ScoringRun.load(folder / RUN) or told.run.version != __version__:
            raise HubpressError("another run has been begun there since.", where=str(folder), hint=_AGAIN)
        return told.run

    with telling_full_disk(folder), Parts.opened_by_task(folder, run, (number, told.tasks)) as parts:
        workers = told.workers or int(os.environ.get("SLURM_CPUS_PER_TASK") or 1)
        answer(told, number, parts, _model(folder, told), workers=workers)
        with parts.alone():
            parts.take_stock_of_task([one.file for one in told.files])
            if all(parts.done(one.file)[1] for one in told.files):
                parts.gather_bad_rows()


def answer(told: ScoringTasks, number: int, parts: Parts, model: ChosenModel, *, workers: int) -> None:
    """Answer the share of a task into *parts*. Raises HubpressError where files are no longer those submitted."""
    own = [one for one in told.files if number in one.tasks]
    sources = [source_at(one.file.path) for one in own]
    for source, one in zip(sources, own, strict=True):
        if source.stamp(one.file) != one.file:
            raise HubpressError("it has changed since the tasks were submitted.", where=source.name, hint=_AGAIN)
    files, settings = [one.file for one in own], told.run
    columns = {field: column for field, column in settings.columns.items() if column is not None}
    work = Work(
        model, sources, Wanted(columns, settings.id_column, settings.separator), told.ids, workers=workers,
        shares={one.file.path: (one.tasks.index(number), len(one.tasks)) for one in own},
    )  # fmt: skip
    parts.take_stock_of_task(files)
    ahead = [Ahead(max(file.size, 1), parts.rows_of(file), work.shares[file.path]) for file in files]
    work.answer(parts, files, Progress(ahead, settings.rows_per_part))


def _model(folder: Path, told: ScoringTasks) -> ChosenModel:
    place, facts = Path(told.model_folder), told.run.model
    if not place.is_dir():
        raise HubpressError("the model is not there.", where=str(place), hint=_AGAIN)
    chosen = chosen_model(place, revision=None, int8=facts.weights == QUANTIZED, hub=None)
    if not place.is_relative_to(folder) and chosen.facts.commit != facts.commit:
        raise HubpressError("the model has changed since the tasks were submitted.", where=str(place), hint=_AGAIN)
    return replace(chosen, facts=facts)


class _NowAndThen(logging.Filter):
    """Lets a line of progress through every half a minute."""

    _last = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it is time again."""
        if time.monotonic() - self._last < _QUIET_SECONDS:
            return False
        self._last = time.monotonic()
        return True


def run_task(answer_task: Callable[[], None]) -> int:
    """Answer, with progress on standard error; return the exit code."""
    from hubpress.environment import settle_environment

    settle_environment()
    shown = logging.StreamHandler()
    shown.addFilter(_NowAndThen())
    logger = logging.getLogger("hubpress")
    logger.addHandler(shown)
    logger.setLevel(logging.INFO)
    try:
        answer_task()
    except HubpressError as error:
        print(f"hubpress: {error}", file=sys.stderr)
        return 1
    finally:
        logger.removeHandler(shown)
    return 0


def main(folder: str, number: str) -> int:
    """Answer a task of a job array; return the exit code."""
    return run_task(lambda: answer_share(Path(folder), int(number)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
