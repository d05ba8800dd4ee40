"""Several processes on this machine, which torchrun starts."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hubpress.children import end_child, start_child
from hubpress.release.elsewhere.order import FOLDER
from hubpress.release.job import Job
from hubpress.release.progress import progress_of

_MODULE = "hubpress.release.elsewhere.prepared"
_SECONDS = 0.2


@dataclass(frozen=True)
class Processes:
    """Trains by some processes here, which share a batch: each takes ``per_device_train_batch_size`` of it."""

    processes: int
    name: str = "processes"
    shows_result: bool = True

    def refuse(self, job: Job) -> None:
        """Nothing is missing for it."""

    def train(self, job: Job) -> str | None:
        """Train in the build folder; return where all that was printed is, where that failed."""
        logs = Path(tempfile.mkdtemp(prefix="processes-", dir=job.folder / FOLDER))
        code = run_torchrun(job.folder, self.processes, logs=logs, quiet=job.quiet)
        return str(logs) if code else None


def run_torchrun(folder: Path, processes: int, *, logs: Path | None, quiet: bool = False) -> int:
    """Train what an order says by processes of torchrun; return its exit code.

    With *logs*, a folder, what they print goes there, and what the first one says of the training to stderr as well:
    else torchrun's own report of an error would stand around the sentence that says what is wrong.
    """
    words = ["--standalone", "--nproc-per-node", str(processes)]
    if logs:
        words += ["--redirects", "3", "--log-dir", str(logs)]
    command = [sys.executable, "-m", "torch.distributed.run", *words, "-m", _MODULE, str(folder)]
    if logs is None:
        child = start_child(command)
        try:
            return child.wait()
        finally:
            end_child(child)
    with (logs / "torchrun.log").open("wb") as log:
        child = start_child(command, stdout=log, stderr=log)
        try:
            follow(lambda: next(logs.rglob("0/stderr.log"), None), lambda: child.poll() is not None, quiet=quiet)
        finally:
            end_child(child)
        return int(child.returncode)


def follow(find: Callable[[], Path | None], is_over: Callable[[], bool], *, quiet: bool) -> None:
    """Print what comes into a log that others write, to stderr, until they are done; nothing with *quiet*.

    Until anything has come it is said that they are waited for.
    """
    read = 0
    with ExitStack() as waiting:
        waiting.enter_context(progress_of("launch", quiet=quiet))
        while True:
            over = is_over()  # asked first: what comes after the last look would be missing
            path = find()
            if not quiet and path and path.is_file() and (lines := _whole_lines(path, read, over=over)):
                waiting.close()
                read += len(lines)
                sys.stderr.write(lines.decode("utf-8", "replace"))
                sys.stderr.flush()
            if over:
                return
            time.sleep(_SECONDS)


def _whole_lines(path: Path, start: int, *, over: bool) -> bytes:
    with path.open("rb") as log:
        log.seek(start)
        new = log.read()
    return new if over else new[: new.rfind(b"\n") + 1]  # of a half line half a token could be told
