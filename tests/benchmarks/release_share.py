"""Where the seconds of a release go: what its stages take, and the share that is neither training nor evaluation.

    python tests/benchmarks/release_share.py conference-titles --sample [ANY OPTION OF hubpress release BUT --quiet]

Runs ``hubpress release`` into a new folder (or the one that --build-dir names) and prints JSON lines: one for each
stage, and one with what is neither training nor evaluation; with ``--parts`` before them one for each part of each
stage, as the stage says what it is doing. Seconds are by the clock and of the processor, with those of processes that
were started and have ended.

Training is the training itself, with its measurements on validation; evaluation is the stage ``evaluate``. What the
stage ``train`` does beside it (libraries are imported, the base is asked and loaded, texts become tokens, the model is
saved) counts as neither.
"""

from __future__ import annotations

import io
import json
import logging
import re
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise

from hubpress.cli.main import main as hubpress

_STARTED = time.monotonic()
_TRAINING = ("training", "writing down what the training was")  # what the stage says when it begins, and has ended
_NUMBERS = re.compile(r",? *(step )?\d[\d.,]* of \d[\d.,]*( \w+)?")

Taken = tuple[float, float]
"""Seconds by the clock, and of the processor."""


@dataclass(frozen=True)
class Moment:
    """When a stage said what it does next."""

    stage: str
    said: str
    taken: Taken

    @classmethod
    def now(cls, stage: str, said: str) -> Moment:
        """Return this moment."""
        kinds = [resource.getrusage(kind) for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(one.ru_utime + one.ru_stime for one in kinds)
        return cls(stage, said, (time.monotonic() - _STARTED, cpu))

    @property
    def part(self) -> str:
        """What it does, without how far it has come."""
        return _NUMBERS.sub("", self.said)


class Listener(logging.Handler):
    """Notes what the stages say on their way."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.moments = [Moment("", "starting", (0.0, 0.0))]
        self._is_training = False

    def emit(self, record: logging.LogRecord) -> None:
        """Note a sentence; the first one of a stage names it."""
        stage, said = getattr(record, "stage", self.moments[-1].stage), record.getMessage()
        if said == _TRAINING[0] or (self._is_training and said != _TRAINING[1]):
            said = _TRAINING[0]
        self._is_training = said == _TRAINING[0]
        self.moments.append(Moment.now(stage, said))

    def parts(self) -> dict[tuple[str, str], Taken]:
        """Return what each part took that has ended by now, in the order in which they began."""
        found: dict[tuple[str, str], Taken] = {}
        for one, other in pairwise([*self.moments, Moment.now("", "ended")]):
            before = found.get((one.stage, one.part), (0.0, 0.0))
            found[one.stage, one.part] = _sum(before, (other.taken[0] - one.taken[0], other.taken[1] - one.taken[1]))
        return found


def main(arguments: Sequence[str]) -> int:
    """Release, and print the rows; return hubpress's exit code."""
    has_parts, arguments = "--parts" in arguments, [word for word in arguments if word != "--parts"]
    listener = Listener()
    logging.getLogger("hubpress").addHandler(listener)
    with tempfile.TemporaryDirectory() as place, redirect_stdout(io.StringIO()) as printed:
        own = [] if "--build-dir" in arguments else ["--build-dir", place]
        code = hubpress(["release", *arguments, *own, "--json"])
    if code:
        print(printed.getvalue(), file=sys.stderr)
        return code
    parts = listener.parts()
    total = _sum(*parts.values())
    for (stage, part), taken in parts.items() if has_parts else ():
        print(json.dumps({"stage": stage, "part": part, **_row(taken, total)}))
    for stage in dict.fromkeys(stage for stage, _ in parts):
        taken = _sum(*(taken for key, taken in parts.items() if key[0] == stage))
        print(json.dumps({"stage": stage, **_row(taken, total)}))
    rest = {key: taken for key, taken in parts.items() if key[0] != "evaluate" and key != ("train", _TRAINING[0])}
    for name, taken in {"neither training nor evaluation": _sum(*rest.values()), "all": total}.items():
        print(json.dumps({"of a release": name, **_row(taken, total)}))
    return 0


def _sum(*every: Taken) -> Taken:
    return sum(one[0] for one in every), sum(one[1] for one in every)


def _row(taken: Taken, total: Taken) -> dict[str, str | float]:
    return {
        "seconds": round(taken[0], 1),
        "processor seconds": round(taken[1], 1),
        "share of the seconds": f"{taken[0] / total[0]:.1%}",
        "share of the processor": f"{taken[1] / total[1]:.1%}",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
