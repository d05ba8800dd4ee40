"""How many records have been answered, how fast, and how long the rest takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hubpress.score.rows import WHOLE, Chunk, Share
from hubpress.text import counted

_LOG = logging.getLogger(__name__)


@dataclass
class Ahead:
    """A file of a run: its bytes, which parts of it are answered here, and the rows of those that are there already."""

    size: int
    """In bytes; 0 of a file that is answered whole."""
    done: Mapping[int, int] = field(default_factory=dict)
    """Their rows, by their numbers in the file."""
    share: Share = WHOLE

    def rows_left(self, row_bytes: float, *, read: float = 0.0, part: int = -1) -> float:
        """Return about how many rows are to be answered behind a share of the file, which ends in a part."""
        place, every = self.share
        there = sum(rows for one, rows in self.done.items() if one > part and one % every == place)
        return max(self.size * (1 - read) / row_bytes / every - there, 0.0)


class Progress:
    """What is said of a run after each chunk: through the log, which the command shows."""

    def __init__(self, files: Sequence[Ahead], rows_per_part: int) -> None:
        """Begin with the files in the order in which they are answered."""
        self._files, self._rows_per_part = files, rows_per_part
        self._place, self._in_part = (-1, -1), 0
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
        left = self._rows_left(chunk, rows)
        words = "" if left is None else f", about {duration(left / max(self.per_second, 1e-3))} left"
        # Those without an answer count too: the last line of the command says how many.
        _LOG.info("%s done, %.0f a second%s", counted(self.answered, "record"), self.per_second, words)

    def _rows_left(self, chunk: Chunk, rows: int) -> float | None:
        """Return about how many rows of this run are left, by the bytes of those before; None where that is unknown."""
        if self._place != (chunk.file, chunk.part):
            self._place, self._in_part = (chunk.file, chunk.part), 0
        self._in_part += rows
        passed = chunk.part * self._rows_per_part + self._in_part
        file = self._files[chunk.file]
        if not passed or not chunk.share or not file.size:
            return None
        row_bytes = file.size * chunk.share / passed
        here = 0.0 if chunk.ends_file else file.rows_left(row_bytes, read=chunk.share, part=chunk.part)
        return here + sum(later.rows_left(row_bytes) for later in self._files[chunk.file + 1 :] if later.size)

    @property
    def per_second(self) -> float:
        """The records answered or put aside in a second; 0 before any."""
        return self.answered / self.seconds if self.seconds else 0.0


def duration(seconds: float) -> str:
    """Return a time as people say it: 45 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
