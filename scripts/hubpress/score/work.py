"""What is to be answered by this process: the model, its files or its share of them, and by which engine."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubpress.errors import HubpressError
from hubpress.schemas.scoring import ScoredFile
from hubpress.score.crew import Crew
from hubpress.score.model import ChosenModel
from hubpress.score.parts import Parts, PartWriter
from hubpress.score.progress import Progress
from hubpress.score.readers import FileChunks, Wanted
from hubpress.score.rows import WHOLE, Answered, Orders, Share
from hubpress.score.sources import Source
from hubpress.score.table import Ids, Kind, schema_of, table_of
from hubpress.text import counted

if TYPE_CHECKING:
    from hubpress.score.ray_engine import RayCrew

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """All that is settled before the model is fetched."""

    model: ChosenModel
    sources: Sequence[Source]
    wanted: Wanted
    ids: Ids
    workers: int
    engine: str = "local"
    address: str | None = None
    shares: Mapping[str, Share] = field(default_factory=dict)
    """By the names of the sources; of those that are not there every part is answered."""

    @property
    def kind(self) -> Kind:
        """What the model answers."""
        if self.model.is_token:
            return "entities"
        return "numbers" if self.model.config.problem_type == "regression" else "labels"

    def answer(self, parts: Parts, files: Sequence[ScoredFile], progress: Progress) -> None:
        """Answer what no part has yet. Raises HubpressError where the model or a file cannot be read."""
        config = self.model.config
        _LOG.info("fetching the model")
        orders = Orders(
            self.model.fetched(parts.cache), self.model.facts.weights, self.kind, self.model.template,
            text_pair=config.text_pair,
        )  # fmt: skip
        schema = schema_of(self.kind, ids=self.ids, names=config.labels, has_parents=bool(config.parents))
        writer: PartWriter | None = None
        _LOG.info("loading the model in %s", counted(self.workers, "worker"))
        with self._crew(orders) as crew:
            for chunk, answers in crew.answers(self._unfinished(parts, files)):
                writer = writer or parts.begin(schema)
                source, file = self.sources[chunk.file], files[chunk.file]
                table = table_of(schema, file=source.name, rows=answers.rows, answers=_filled(answers, schema.names))
                bad = [*chunk.bad, *answers.bad]
                writer.add(table, source.name, bad)
                progress.add(chunk, len(answers.rows) + len(bad), cpu_seconds=answers.cpu_seconds, since=crew.ready_at)
                if not chunk.ends_part:
                    continue
                # The last part of a file may be another task's: each part is held against the file.
                if source.stamp(file, anew=True) != file:
                    hint = "Run the same command again when it stands still."
                    raise HubpressError("it changed while it was read.", where=source.name, hint=hint)
                writer.close(file, chunk.part, is_last=chunk.ends_file)
                writer = None

    def _unfinished(self, parts: Parts, files: Sequence[ScoredFile]) -> list[FileChunks]:
        found = []
        for number, (source, file) in enumerate(zip(self.sources, files, strict=True)):
            done, is_whole = parts.done(file)
            if not is_whole:
                share = self.shares.get(source.name, WHOLE)
                found.append(FileChunks(number, source, self.wanted, parts.run.rows_per_part, done, share))
        return found

    def _crew(self, orders: Orders) -> Crew | RayCrew:
        if self.engine == "local":
            return Crew(orders, self.workers)
        from hubpress.score.ray_engine import RayCrew

        return RayCrew(self.model, orders, self.workers, self.address)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _filled(answers: Answered, names: Sequence[str]) -> dict[str, list[object]]:
    """Return the columns of answers; empty ones where there is none."""
    return answers.columns or {name: [] for name in names}
