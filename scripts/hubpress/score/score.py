"""Answer all records of files with a published model, and write what it says as parquet."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hubpress import __version__
from hubpress.disk import telling_full_disk
from hubpress.errors import HubpressError, UsageError
from hubpress.hub.client import Hub
from hubpress.schemas.scoring import ScoredFile, ScoringRun
from hubpress.score.columns import parsed_columns, wanted_columns
from hubpress.score.crew import Crew
from hubpress.score.model import ChosenModel, chosen_model
from hubpress.score.parts import Parts, PartWriter, refuse_other_folder
from hubpress.score.progress import Progress
from hubpress.score.readers import FileChunks, Wanted
from hubpress.score.rows import Answered, Orders
from hubpress.score.sources import Source, found_files
from hubpress.score.table import Ids, Kind, schema_of, table_of
from hubpress.text import counted

if TYPE_CHECKING:
    from hubpress.score.ray_engine import RayCrew

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


@dataclass(frozen=True)
class _Plan:
    """All that is settled before the model is fetched."""

    model: ChosenModel
    sources: list[Source]
    wanted: Wanted
    ids: Ids
    workers: int
    engine: str
    address: str | None

    @property
    def kind(self) -> Kind:
        if self.model.is_token:
            return "entities"
        return "numbers" if self.model.config.problem_type == "regression" else "labels"


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
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    rows_per_part: int = ROWS_PER_PART,
    hub: Hub | None = None,
) -> ScoreResult:
    """Answer all records of files with a published model, its decision included, and write the answers to *output*.

    *model* is ``OWNER/REPO`` at the commit that *revision* means now, or a release's folder; *inputs* are patterns of
    parquet, CSV and JSON Lines files that fsspec finds. *text_columns* says for fields of the model's input template
    which column they are, where that is called otherwise. *engine* ``ray`` answers on the Ray cluster at *address*, or
    on a local Ray. A run that was stopped goes on from its last complete part when it is called again.

    Returns what was done. Raises UsageError for what does not fit together, before anything is downloaded, and
    HubpressError for a model or a file that cannot be read.
    """
    _refuse_engine(engine, address)
    patterns = [inputs] if isinstance(inputs, str) else list(inputs)
    sources = found_files(patterns)
    chosen = chosen_model(model, revision=revision, int8=int8, hub=hub)
    refuse_other_folder(Path(output), chosen.facts.name)
    words = [f"{k}={v or ''}" for k, v in text_columns.items()] if isinstance(text_columns, Mapping) else text_columns
    named = parsed_columns(list(words), chosen.fields)
    if separator is not None and len(separator) != 1:
        raise UsageError(f"{separator!r} is not one character.", where="--separator", hint='Give one such as ";".')
    wanted, numbers = wanted_columns(sources, chosen.fields, named, id_column=id_column, separator=separator)
    ids: Ids = None if wanted.id_column is None else "numbers" if numbers else "texts"
    plan = _Plan(chosen, sources, wanted, ids, workers or _cores(), engine, address)
    run = ScoringRun(
        model=chosen.facts, columns={field: wanted.columns.get(field) for field in chosen.fields},
        id_column=wanted.id_column, separator=separator, rows_per_part=rows_per_part, version=__version__,
    )  # fmt: skip
    with telling_full_disk(Path(output)), Parts.opened(Path(output), run) as parts:
        return _scored(plan, parts)


def _refuse_engine(engine: str, address: str | None) -> None:
    if engine not in ("local", "ray"):
        raise UsageError(f"{engine!r} is no engine.", where="--engine", hint="Take local or ray.")
    if engine == "ray":
        from hubpress.score.ray_engine import refuse_without_ray

        refuse_without_ray()
    elif address is not None:
        raise UsageError("is that of a cluster of Ray.", where="--address", hint="Add --engine ray, or leave it out.")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _scored(plan: _Plan, parts: Parts) -> ScoreResult:
    _LOG.info("looking at %s", counted(len(plan.sources), "file"))
    known = parts.known()
    files = [source.stamp(known.get(source.name)) for source in plan.sources]
    parts.take_stock(files)
    kept = len(parts.kept)
    progress = Progress([0 if parts.done(file)[1] else max(file.size, 1) for file in files])
    if not all(parts.done(file)[1] for file in files):
        try:
            _answer_rest(plan, parts, files, progress)
        finally:
            parts.gather_bad_rows()
    else:
        parts.gather_bad_rows()
    parts.forget_model()
    every = parts.kept.values()
    return ScoreResult(
        output=parts.folder, model=plan.model.facts.name, commit=plan.model.facts.commit,
        answered=sum(part.answered for part in every), bad=sum(part.bad for part in every), parts=len(every),
        kept=kept, stale=parts.stale, seconds=round(progress.seconds, 1),
        cpu_seconds=round(progress.cpu_seconds, 1), per_second=round(progress.per_second, 1),
    )  # fmt: skip


def _answer_rest(plan: _Plan, parts: Parts, files: Sequence[ScoredFile], progress: Progress) -> None:
    """Answer what no part has yet."""
    chosen, config = plan.model, plan.model.config
    _LOG.info("fetching the model")
    orders = Orders(
        chosen.fetched(parts.cache), chosen.facts.weights, plan.kind, chosen.template, text_pair=config.text_pair
    )
    schema = schema_of(plan.kind, ids=plan.ids, names=config.labels, has_parents=bool(config.parents))
    writer: PartWriter | None = None
    _LOG.info("loading the model in %s", counted(plan.workers, "worker"))
    with _crew(plan, orders) as crew:
        for chunk, answers in crew.answers(_unfinished(plan, parts, files)):
            writer = writer or parts.begin(schema)
            source, file = plan.sources[chunk.file], files[chunk.file]
            table = table_of(schema, file=source.name, rows=answers.rows, answers=_filled(answers, schema.names))
            bad = [*chunk.bad, *answers.bad]
            writer.add(table, source.name, bad)
            progress.add(chunk, len(answers.rows) + len(bad), cpu_seconds=answers.cpu_seconds, since=crew.ready_at)
            if not chunk.ends_part:
                continue
            if chunk.ends_file and source.stamp(file, anew=True) != file:
                hint = "Run the same command again when it stands still."
                raise HubpressError("it changed while it was read.", where=source.name, hint=hint)
            writer.close(file, chunk.part, is_last=chunk.ends_file)
            writer = None


def _filled(answers: Answered, names: Sequence[str]) -> dict[str, list[object]]:
    """Return the columns of answers; empty ones where there is none."""
    return answers.columns or {name: [] for name in names}


def _unfinished(plan: _Plan, parts: Parts, files: Sequence[ScoredFile]) -> list[FileChunks]:
    found = []
    for number, (source, file) in enumerate(zip(plan.sources, files, strict=True)):
        done, is_whole = parts.done(file)
        if not is_whole:
            found.append(FileChunks(number, source, plan.wanted, parts.run.rows_per_part, done))
    return found


def _crew(plan: _Plan, orders: Orders) -> Crew | RayCrew:
    if plan.engine == "local":
        return Crew(orders, plan.workers)
    from hubpress.score.ray_engine import RayCrew

    return RayCrew(plan.model, orders, plan.workers, plan.address)
