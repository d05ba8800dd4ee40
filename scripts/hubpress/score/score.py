"""Answer all records of files with a published model, and write what it says as parquet."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hubpress import __version__
from hubpress.disk import telling_full_disk
from hubpress.errors import UsageError
from hubpress.hub.client import Hub
from hubpress.schemas.scoring import ScoringRun
from hubpress.score.columns import parsed_columns, wanted_columns
from hubpress.score.model import chosen_model
from hubpress.score.parts import Parts, refuse_elsewhere, refuse_other_folder
from hubpress.score.progress import Ahead, Progress
from hubpress.score.slurm import Slurm, refuse_while_queued, refuse_without_slurm, sbatch_options
from hubpress.score.sources import found_files
from hubpress.score.table import Ids
from hubpress.score.work import Work, cores
from hubpress.text import counted

_LOG = logging.getLogger(__name__)

ROWS_PER_PART = 16_384


@dataclass(frozen=True)
class ScoreResult:
    """What a run of `hubpress score` did, and what is in its folder now."""

    output: Path
    model: str
    commit: str
    answered: int
    """Rows with an answer, those of earlier runs among them."""
    bad: int
    """Rows without one; bad-rows.jsonl has them with the reason."""
    parts: int
    kept: int
    """How many of the parts an earlier run had made."""
    stale: int
    """How many parts of an earlier run were made anew, since the model, the decision or the input has changed."""
    seconds: float
    cpu_seconds: float
    """Of the workers of this run, once they had the model."""
    per_second: float
    """The rows that this run answered, by the seconds from the first chunk on."""
    submitted: str | None = None
    """The job of Slurm that answers what is missing; None where nothing is."""


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
    engine: Literal["local", "ray", "slurm"] = "local",
    address: str | None = None,
    tasks: int | None = None,
    sbatch: Sequence[str] = (),
    rows_per_part: int = ROWS_PER_PART,
    hub: Hub | None = None,
) -> ScoreResult:
    """Answer all records of files with a published model, its decision included, and write the answers to *output*.

    *model* is ``OWNER/REPO`` at the commit that *revision* means now, or a release's folder; *inputs* are patterns of
    parquet, CSV and JSON Lines files that fsspec finds. *text_columns* says for fields of the model's input template
    which column they are, where that is called otherwise. *engine* ``ray`` answers on the Ray cluster at *address*, or
    on a local Ray. *engine* ``slurm`` submits what is missing as *tasks* of a job array, with options of *sbatch* as
    ``KEY=VALUE``, and returns at once; the same call again, once they have ended, says what is there. A run that was
    stopped goes on from its last complete part when it is called again.

    Returns what was done. Raises UsageError for what does not fit together, before anything is downloaded, and
    HubpressError for a model or a file that cannot be read.
    """
    _refuse_engine(engine, address, tasks, sbatch)
    slurm = Slurm(tasks, sbatch_options(sbatch), workers) if engine == "slurm" and tasks else None
    patterns = [inputs] if isinstance(inputs, str) else list(inputs)
    sources = found_files(patterns)
    refuse_elsewhere(output)
    chosen = chosen_model(model, revision=revision, int8=int8, hub=hub)
    refuse_other_folder(Path(output), chosen.facts.name)
    words = [f"{k}={v or ''}" for k, v in text_columns.items()] if isinstance(text_columns, Mapping) else text_columns
    named = parsed_columns(list(words), chosen.fields)
    if separator is not None and len(separator) != 1:
        raise UsageError(f"{separator!r} is not one character.", where="--separator", hint='Give one such as ";".')
    wanted, numbers = wanted_columns(sources, chosen.fields, named, id_column=id_column, separator=separator)
    ids: Ids = None if wanted.id_column is None else "numbers" if numbers else "texts"
    work = Work(chosen, sources, wanted, ids, workers or cores(), engine, address)
    run = ScoringRun(
        model=chosen.facts, columns={field: wanted.columns.get(field) for field in chosen.fields},
        id_column=wanted.id_column, separator=separator, rows_per_part=rows_per_part, version=__version__,
    )  # fmt: skip
    with telling_full_disk(Path(output)), Parts.opened(Path(output), run) as parts:
        return _scored(work, parts, slurm)


def _refuse_engine(engine: str, address: str | None, tasks: int | None, sbatch: Sequence[str]) -> None:
    if engine not in ("local", "ray", "slurm"):
        raise UsageError(f"{engine!r} is no engine.", where="--engine", hint="Take local, ray or slurm.")
    if engine == "ray":
        from hubpress.score.ray_engine import refuse_without_ray

        refuse_without_ray()
    elif address is not None:
        raise UsageError("is that of a cluster of Ray.", where="--address", hint="Add --engine ray, or leave it out.")
    if engine == "slurm":
        refuse_without_slurm(tasks)
    elif tasks is not None or sbatch:
        where = "--sbatch" if tasks is None else "--tasks"
        raise UsageError("is for Slurm.", where=where, hint="Add --engine slurm, or leave it out.")


def _scored(work: Work, parts: Parts, slurm: Slurm | None) -> ScoreResult:
    if slurm:
        refuse_while_queued(parts.folder)
    _LOG.info("looking at %s", counted(len(work.sources), "file"))
    known = parts.known()
    files = [source.stamp(known.get(source.name)) for source in work.sources]
    parts.take_stock(files)
    kept = len(parts.kept)
    is_whole = {file.path: parts.done(file)[1] for file in files}
    ahead = [Ahead(0 if is_whole[file.path] else max(file.size, 1), parts.rows_of(file)) for file in files]
    progress = Progress(ahead, parts.run.rows_per_part)
    submitted = None
    try:
        if slurm and not all(is_whole.values()):
            submitted = slurm.submit(work, parts, [file for file in files if not is_whole[file.path]])
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
        cpu_seconds=round(progress.cpu_seconds, 1), per_second=round(progress.per_second, 1), submitted=submitted,
    )  # fmt: skip
