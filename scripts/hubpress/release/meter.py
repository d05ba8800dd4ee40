"""What a stage takes: its seconds, its processor time, and the memory that was needed by then."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

_KINDS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


@dataclass(frozen=True)
class StageResult:
    """One row of the table at the end: a stage, its result in a line, whether it had to run, and what it took.

    *bytes* are those of the files that it left, or that a push sent; of a stage that did not run, those that it left
    before.
    """

    stage: str
    result: str
    seconds: float
    ran: bool
    cpu_seconds: float = 0.0
    """Processor time of this process and of those that it started and that ended by themselves."""
    peak_memory: int = 0
    """In bytes: the most that one of these processes had in memory until the stage ended, since the command began."""
    bytes: int = 0
    warnings: tuple[str, ...] = ()
    """What a person has to know before the release is used, a sentence each."""


class Meter:
    """Measures from when it is made on."""

    def __init__(self) -> None:
        self._started, self._cpu = time.monotonic(), _cpu_seconds()

    @property
    def seconds(self) -> float:
        """The seconds that have passed."""
        return time.monotonic() - self._started

    def result(
        self, stage: str, said: str, *, ran: bool = True, size: int = 0, warnings: Iterable[str] = ()
    ) -> StageResult:
        """Return the result of a stage that ends now, with *size*, its bytes, and what it warned of."""
        cpu, peak = _cpu_seconds() - self._cpu, max(resource.getrusage(kind).ru_maxrss for kind in _KINDS)
        return StageResult(stage, said, self.seconds, ran, cpu, peak * _UNIT, size, tuple(warnings))


def _cpu_seconds() -> float:
    used = [resource.getrusage(kind) for kind in _KINDS]
    return sum(one.ru_utime + one.ru_stime for one in used)
