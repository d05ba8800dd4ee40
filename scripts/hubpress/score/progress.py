"""How many records have been answered, how fast, and how long the rest takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from hubpress.score.rows import Chunk
from hubpress.text import counted

_LOG = logging.getLogger(__name__)


class Progress:
    """What is said of a run after each chunk: through the log, which the command shows."""

    def __init__(self, sizes: Sequence[int]) -> None:
        """Begin with files of such sizes, 0 of one that is answered already."""
        self._sizes = sizes
        self._behind = [0.0] * len(sizes)
        self.answered = 0
        """Rows that have been answered, or put aside."""
        self.seconds = 0.0
        """From when the first worker was ready."""
        self.cpu_seconds = 0.0
        """Of the workers, once they have the model."""

    def add(self, chunk: Chunk, rows: int, *, cpu_seconds: float, since: float) -> None:
        """Take a chunk of so many rows that is answered, where the first worker was ready at *since*."""
        self.answered += rows
        self.cpu_seconds += cpu_seconds
        self.seconds = max(time.monotonic() - since, 1e-3)
        self._behind[chunk.file] = 1.0 if chunk.ends_file else chunk.share
        behind = sum(size * share for size, share in zip(self._sizes, self._behind, strict=True))
        share = behind / max(sum(self._sizes), 1)
        left = f", about {duration(self.seconds * (1 - share) / share)} left" if share else ""
        _LOG.info("%s answered, %.0f a second%s", counted(self.answered, "record"), self.per_second, left)

    @property
    def per_second(self) -> float:
        """The records answered in a second; 0 before any."""
        return self.answered / self.seconds if self.seconds else 0.0


def duration(seconds: float) -> str:
    """Return a time as people say it: 45 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
