"""Answer all records of files with a published model, and write what it says as parquet."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hubpress import __version__
from hubpress.disk import telling_full_disk
from hubpress.errors import UsageError
from hubpress.hub.client import Hub
from hubpress.schemas.scoring import ScoringRun
from hubpress.score.columns import parsed_columns, wanted_columns
from hubpress.score.jobs import Jobs, answers_for, jobs_for
from hubpress.score.model import ChosenModel, chosen_model
from hubpress.score.parts import Parts, refuse_elsewhere, refuse_other_folder
from hubpress.score.progress import Ahead, Progress
from hubpress.score.published import SCHEME
from hubpress.score.readers import Wanted
from hubpress.score.slurm import Slurm, refuse_while_queued, refuse_without_slurm, sbatch_options
from hubpress.score.sources import Source, found_files
from hubpress.score.table import Ids
from hubpress.score.work import Work, cores
from hubpress.text import counted

if TYPE_CHECKING:
    from pydantic import JsonValue

_LOG = logging.getLogger(__name__)

ROWS_PER_PART = 16_384


@dataclass(frozen=True)
class ScoreResult:
    """What a run of `hubpress score` did, and what is in its folder now."""

    output: Path | str
    """The folder, or the address of a data set in which the answers stay."""
    model: str
    """OWNER/REPO, or the folder."""
    commit: str
    """The model's, in full; of a folder a digest of its files."""
    answered: int
    """Rows with an answer, those of earlier runs among them."""
    bad: int
    """Rows without one; bad-rows.jsonl has them with the reason."""
    parts: int
    """The files of answers."""
    kept: int
    """How many of the parts an earlier run had made."""
    stale: int
    """How many parts of an earlier run were made anew, since the model, the decision or the input has changed."""
    seconds: float
    """Of this run, from when the first worker had the model."""
    cpu_seconds: float
    """Of the workers of this run, once they had the model."""
    per_second: float
    """The rows that this run answered, by the seconds from the first chunk on."""
    submitted: str | None = None
    """The job of Slurm, or those of the Hub, that answer what is missing; None where nothing is."""


def score_files(
    model: Path | str,
    inputs: str | Sequence[str],
    output: Path | str,
    *,
    revision: str | None = None,
    text_columns: Mapping[str, str | None] | Sequence[str] = (),
    id_column: str | None = None,
    separator: str | None = None,
    int8: bool = False,
    workers: int | None = None,
    engine: Literal["local", "ray", "slurm", "jobs"] = "local",
    address: str | None = None,
    tasks: int | None = None,
    sbatch: Sequence[str] = (),
    launch: Mapping[str, JsonValue] | None = None,
    rows_per_part: int = ROWS_PER_PART,
    hub: Hub | None = None,
) -> ScoreResult:
    """Answer all records of files with a published model, its decision included, and write the answers to *output*.

    *model* is ``OWNER/REPO`` at the commit that *revision* means now, or a release's folder; *inputs* are patterns of
    parquet, CSV and JSON Lines files that fsspec finds. *text_columns* says for fields of the model's input template
    which column they are, where that is called otherwise. *engine* ``ray`` answers on the Ray cluster at *address*, or
    on a local Ray. *engine* ``slurm`` submits what is missing as *tasks* of a job array, with options of *sbatch* as
    ``KEY=VALUE``, and returns at once; the same call again, once they have ended, says what is there. *engine* ``jobs``
    starts *tasks* jobs of the Hub, with settings of ``huggingface_hub.run_job`` in *launch*, for *inputs* that are on
    the Hub; the same call again takes what they have left in a data set, in which it stays where *output* is its
    address (``hf://datasets/OWNER/NAME``). A run that was stopped goes on from its last complete part when it is called
    again.

    Returns what was done. Raises UsageError for what does not fit together, before anything is downloaded, and
    HubpressError for a model or a file that cannot be read.
    """
    _refuse_engine(engine, address, tasks, sbatch, launch)
    patterns = [inputs] if isinstance(inputs, str) else list(inputs)
    sources = found_files(patterns)
    stays = engine == "jobs" and str(output).startswith(SCHEME)
    if not stays:
        refuse_elsewhere(output)
    account = jobs_for(tasks, launch or {}, sources, hub) if engine == "jobs" else None
    chosen = chosen_model(model, revision=revision, int8=int8, hub=hub)
    if account and chosen.repo is None:
        what = "a folder of this machine is not sent to jobs."
        raise UsageError(what, where=str(model), hint="Name a model on the Hub, as OWNER/REPO.")
    if not stays:
        refuse_other_folder(Path(output), chosen.facts.name)
    wanted, ids = _wanted(sources, chosen, text_columns, id_column, separator)
    work = Work(chosen, sources, wanted, ids, workers or cores(), engine, address)
    run = ScoringRun(
        model=chosen.facts, columns={field: wanted.columns.get(field) for field in chosen.fields},
        id_column=wanted.id_column, separator=separator, rows_per_part=rows_per_part, version=__version__,
    )  # fmt: skip
    submitter: Slurm | Jobs | None = None
    if engine == "slurm" and tasks:
        submitter = Slurm(tasks, sbatch_options(sbatch), workers)
    elif account and tasks:
        answers = answers_for(str(output), account, run, patterns)
        submitter = Jobs(answers, stays, tasks, launch or {}, account.name, workers)
    with _folder_for(output, stays=stays) as folder, telling_full_disk(folder), Parts.opened(folder, run) as parts:
        result = _scored(work, parts, submitter)
        return replace(result, output=str(output)) if stays else result


def _wanted(
    sources: Sequence[Source],
    model: ChosenModel,
    given: Mapping[str, str | None] | Sequence[str],
    id_column: str | None,
    separator: str | None,
) -> tuple[Wanted, Ids]:
    """Return which columns are read, and what the ids are."""
    words = [f"{field}={column or ''}" for field, column in given.items()] if isinstance(given, Mapping) else given
    named = parsed_columns(list(words), model.fields)
    if separator is not None and len(separator) != 1:
        raise UsageError(f"{separator!r} is not one character.", where="--separator", hint='Give one such as ";".')
    return wanted_columns(sources, model.fields, named, id_column=id_column, separator=separator)


@contextmanager
def _folder_for(output: Path | str, *, stays: bool) -> Iterator[Path]:
    """Yield the folder of a run: one for now where the answers stay elsewhere."""
    if not stays:
        yield Path(output)
        return
    with tempfile.TemporaryDirectory(prefix="hubpress-score-") as scratch:
        yield Path(scratch)


def _refuse_engine(
    engine: str, address: str | None, tasks: int | None, sbatch: Sequence[str], launch: Mapping[str, JsonValue] | None
) -> None:
    if engine not in ("local", "ray", "slurm", "jobs"):
        raise UsageError(f"{engine!r} is no engine.", where="--engine", hint="Take local, ray, slurm or jobs.")
    if engine == "ray":
        from hubpress.score.ray_engine import refuse_without_ray

        refuse_without_ray()
    elif address is not None:
        raise UsageError("is that of a cluster of Ray.", where="--address", hint="Add --engine ray, or leave it out.")
    if engine == "slurm":
        refuse_without_slurm(tasks)
        sbatch_options(sbatch)
    elif sbatch:
        raise UsageError("is for Slurm.", where="--sbatch", hint="Add --engine slurm, or leave it out.")
    elif tasks is not None and engine != "jobs":
        hint = "Add --engine slurm or --engine jobs, or leave it out."
        raise UsageError("is for Slurm, and for jobs of the Hub.", where="--tasks", hint=hint)
    if launch and engine != "jobs":
        raise UsageError("is for jobs of the Hub.", where="--launch", hint="Add --engine jobs, or leave it out.")


def _scored(work: Work, parts: Parts, submitter: Slurm | Jobs | None) -> ScoreResult:
    if isinstance(submitter, Slurm):
        refuse_while_queued(parts.folder)
    _LOG.info("looking at %s", counted(len(work.sources), "file"))
    known = parts.known()
    files = [source.stamp(known.get(source.name)) for source in work.sources]
    parts.take_stock(files)
    if isinstance(submitter, Jobs):
        submitter.look(parts, files)
    kept = len(parts.kept)
    is_whole = {file.path: parts.done(file)[1] for file in files}
    ahead = [Ahead(0 if is_whole[file.path] else max(file.size, 1), parts.rows_of(file)) for file in files]
    progress = Progress(ahead, parts.run.rows_per_part)
    submitted = None
    try:
        if submitter and not all(is_whole.values()):
            submitted = submitter.submit(work, parts, [file for file in files if not is_whole[file.path]])
        elif isinstance(submitter, Jobs):
            submitter.fetch(parts)
        elif not all(is_whole.values()):
            work.answer(parts, files, progress)
    finally:
        parts.gather_bad_rows()
    if submitted is None:
        parts.forget_model()
    every = parts.kept.values()
    return ScoreResult(
        output=parts.folder, model=work.model.facts.name, commit=work.model.facts.commit,
        answered=sum(part.answered for part in every), bad=sum(part.bad for part in every), parts=len(every),
        kept=kept, stale=parts.stale, seconds=round(progress.seconds, 1),
        cpu_seconds=round(progress.cpu_seconds, 2), per_second=round(progress.per_second, 1), submitted=submitted,
    )  # fmt: skip
