"""What is seen of a stage while it runs: on a terminal one changing line, elsewhere a line now and then.

A stage says what it is doing by logging it below ``hubpress`` (info); while the stage is shown, nobody else hears that.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

_LOG = logging.getLogger(__name__)

SIGN_OF_LIFE_SECONDS = 5.0
"""How often a stage says that it still runs where there is no terminal."""

FRAMES_A_SECOND = 4

# What a stage is doing, until it says so itself.
_WORK = {
    "data": "reading, labelling and splitting the records",
    "report": "asking the records what they say",
    "train": "getting ready to train",
    "launch": "waiting for those who are to train",
    "assemble": "putting weights, config, tokenizer and ONNX files together",
    "evaluate": "measuring the model on the test split",
    "card": "rendering the card and its figures",
    "space": "building the Space",
    "check": "checking the staged files",
    "ask ahead": "asking the Hub what it has under these names",
    "push test data": "publishing the test split",
    "push": "publishing the model",
    "push space": "publishing the Space",
    "propose": "opening the pull requests",
    "promote": "bringing what was proved to main",
    "verify": "measuring the published model again",
    "verify space": "running the published Space",
    "score": "looking for the model and the files",
}


@contextmanager
def progress_of(stage: str, *, quiet: bool) -> Iterator[None]:
    """Show on stderr that a stage runs, until the block ends; nothing with *quiet*.

    The first thing that is logged of a stage has its name as ``stage``.
    """
    if quiet:
        yield
        return
    line = _Line(stage)
    with line.heard():
        _LOG.info("%s", _WORK.get(stage, "running"), extra={"stage": stage})
        with _changing(line) if _can_change() else _repeated(line):
            yield


class _Line(logging.Handler):
    """The words of the line: the stage, what it is doing, and for how long."""

    def __init__(self, stage: str) -> None:
        super().__init__(logging.INFO)
        self.stage = stage
        self._work = ""
        self._started = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take what the stage says for what it is doing."""
        self._work = record.getMessage()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to hubpress's modules until the block ends."""
        logger = logging.getLogger("hubpress")
        level, propagate = logger.level, logger.propagate
        logger.addHandler(self)
        logger.setLevel(logging.INFO)
        logger.propagate = False  # a message for every step of training would flood a log
        try:
            yield
        finally:
            logger.removeHandler(self)
            logger.setLevel(level)
            logger.propagate = propagate

    def of_now(self) -> str:
        """Return the line as a terminal shows it."""
        return f"{self.stage}: {self._work}, {self._seconds} s"

    def of_log(self) -> str:
        """Return the line as a log holds it, among others."""
        return f"{self.stage}: still running, {self._seconds} s ({self._work})"

    @property
    def _seconds(self) -> int:
        return int(time.monotonic() - self._started)


def _can_change() -> bool:
    """Return whether what stands on stderr can be replaced."""
    if not sys.stderr.isatty():
        return False
    from rich.console import Console

    return Console(stderr=True).is_interactive


def _changing(line: _Line) -> AbstractContextManager[object]:
    """Draw the line anew until the block ends, below what is printed meanwhile, and take it away in the end."""
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)  # the terminal breaks long lines of a proof, as it does elsewhere
    spinner = Spinner("dots" if console.encoding.startswith("utf") else "line")

    def drawn() -> Text:
        frame = spinner.render(console.get_time())
        return Text(f"{frame} {line.of_now()}", no_wrap=True, overflow="ellipsis")

    # What goes to a file or a pipe on stdout must not end on the terminal.
    to_terminal = sys.stdout.isatty()
    return Live(
        get_renderable=drawn,
        console=console,
        refresh_per_second=FRAMES_A_SECOND,
        transient=True,
        redirect_stdout=to_terminal,
    )


@contextmanager
def _repeated(line: _Line) -> Iterator[None]:
    """Print that the stage runs, now and every SIGN_OF_LIFE_SECONDS until the block ends."""
    print(f"{line.stage}: running", file=sys.stderr, flush=True)
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(SIGN_OF_LIFE_SECONDS):
            print(line.of_log(), file=sys.stderr, flush=True)

    thread = threading.Thread(target=repeat, name=f"progress of {line.stage}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
