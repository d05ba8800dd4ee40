"""A command that is told to end ends: its blocks are left in order, with a line and the exit code of shells."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType

_ANEW = {
    "new": "Nothing was written; the same command begins anew.",
    **dict.fromkeys(("verify", "audit", "diff"), "Nothing of it is kept; the same command begins anew."),
    **dict.fromkeys(("models", "--help", "--version"), "The same command begins anew."),
}
_GOES_ON = "The same command goes on from here."
_SECONDS = 5.0
"""How long a command may take to leave its blocks: a library may be in the middle of a long call."""
_ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class Stopped(BaseException):
    """The process was told to end. No Exception: nothing that handles those may keep it."""

    def __init__(self, number: int, words: Sequence[str]) -> None:
        self.signal = signal.Signals(number)
        self._words = words
        self.is_told = False
        super().__init__(self.signal.name)

    @property
    def exit_code(self) -> int:
        """What shells call an end by this signal."""
        return 128 + self.signal

    def tell(self) -> None:
        """Print once what has happened, and how to go on."""
        if not self.is_told:
            self.is_told = True
            by = "" if self.signal == signal.SIGINT else f" by {self.signal.name}"
            after = _ANEW.get(self._words[0], _GOES_ON) if self._words else _GOES_ON
            print(f"hubpress: stopped{by}. {after}", file=sys.stderr, flush=True)


@contextmanager
def ending_on_signals(words: Sequence[str]) -> Iterator[None]:
    """Let SIGTERM and the end of the terminal raise Stopped inside, and Ctrl-C KeyboardInterrupt.

    *words* are those of the command: it depends on it how to go on.

    A second one ends the process at once, and one that a library has swallowed does after some seconds.

    What was ignored when the process started, as by ``nohup``, stays so.
    """
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, partial(_end, words))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(words: Sequence[str], number: int, frame: FrameType | None) -> None:
    for other in _ENDING:
        signal.signal(other, signal.SIG_DFL)
    stop = Stopped(number, words)
    last_resort = threading.Timer(_SECONDS, _end_at_once, [stop])
    last_resort.daemon = True
    last_resort.start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt  # which servers, and typer, know
    raise stop


def _end_at_once(stop: Stopped) -> None:
    """End a process in which a library has swallowed the signal, or does not come back; children go with it."""
    stop.tell()
    os._exit(stop.exit_code)
