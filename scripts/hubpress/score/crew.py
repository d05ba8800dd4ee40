"""Workers, one a core: each has a chunk at a time, and what a dead one had is answered by a new one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from hubpress.children import end_child, start_child
from hubpress.errors import HubpressError
from hubpress.score.rows import Answered, BadRow, Chunk, Orders

DEATHS = 3
"""So many workers may die of a chunk before its rows are given up."""
_WINDOW = 3  # chunks for each worker are held at a time, answered out of turn or not yet
_LOOK_SECONDS = 1.0
_END_SECONDS = 10.0
_LONGEST_SOCKET = 90  # characters; systems allow about 100


class Crew:
    """Some workers with one model, as a context: they end with it."""

    def __init__(self, orders: Orders, workers: int) -> None:
        """Start so many workers."""
        self._orders, self._size = orders, workers
        place = tempfile.gettempdir() if len(tempfile.gettempdir()) < _LONGEST_SOCKET - 30 else "/tmp"
        self._scratch = tempfile.TemporaryDirectory(prefix="hubpress-", dir=place)  # for its owner alone
        self._said = Path(self._scratch.name) / "said"
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(Path(self._scratch.name) / "s"))
        self._door.listen(workers)
        self._starting: dict[int, subprocess.Popen[bytes]] = {}
        self._started = 0
        self._crew: dict[Connection, _Worker] = {}
        self.ready_at = 0.0
        """When the first worker had its model, by the monotonic clock."""
        self._failed_starts = 0
        self._given_up = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection, worker in self._crew.items():
            connection.close()  # the sign to end
            if error is None:
                with suppress(subprocess.TimeoutExpired):
                    worker.process.wait(_END_SECONDS)
        for process in [*self._starting.values(), *(worker.process for worker in self._crew.values())]:
            end_child(process)
        self._door.close()
        self._scratch.cleanup()

    @property
    def busy(self) -> dict[int, Chunk]:
        """What is being answered, by the process groups of the workers."""
        return {worker.process.pid: worker.chunk for worker in list(self._crew.values()) if worker.chunk is not None}

    def answers(self, files: Iterable[Iterable[Chunk]]) -> Iterator[tuple[Chunk, Answered]]:
        """Yield the chunks of files in their order with what was answered; none is read long before its turn.

        Raises HubpressError where workers cannot start, where one says that it failed, and where they die of whatever
        they are given.
        """
        held: deque[Chunk] = deque()
        todo: deque[Chunk] = deque()
        done: dict[int, Answered] = {}
        source: Iterator[Chunk] | None = chain.from_iterable(files)
        while True:
            while source is not None and len(held) < _WINDOW * self._size:
                chunk = next(source, None)
                if chunk is None:
                    source = None
                    break
                held.append(chunk)
                todo.append(chunk)
            while held and id(held[0]) in done:
                first = held.popleft()
                yield first, done.pop(id(first))
            if not held and source is None:
                return
            if held and id(held[0]) not in done:
                self._hand_out(todo)
                self._listen(todo, done)

    def _hand_out(self, todo: deque[Chunk]) -> None:
        """Give every worker that waits a chunk, and start those that are missing."""
        for connection, worker in list(self._crew.items()):
            if todo and worker.is_ready and worker.chunk is None:
                worker.chunk = todo.popleft()
                with suppress(OSError):  # its end is seen when it is listened to
                    connection.send(worker.chunk)
        busy = sum(worker.chunk is not None for worker in self._crew.values())
        while len(self._crew) + len(self._starting) < min(self._size, busy + len(todo)):
            with self._said.open("ab") as said:
                address = self._door.getsockname()
                # Without the folder that it is started in, whose files would be taken for packages.
                command = [sys.executable, "-P", "-m", "hubpress.score.worker", address, str(self._started)]
                self._starting[self._started] = start_child(command, env=_environment(), stdout=said, stderr=said)
                self._started += 1

    def _listen(self, todo: deque[Chunk], done: dict[int, Answered]) -> None:
        """Wait for what workers say, and take it."""
        for heard in wait([self._door, *self._crew], timeout=_LOOK_SECONDS):
            if heard is self._door:
                self._welcome()
                continue
            assert isinstance(heard, Connection)
            try:
                self._take(self._crew[heard], heard.recv(), done)
            except (EOFError, ConnectionError):
                self._bury(heard, todo, done)
        for number, process in list(self._starting.items()):
            if process.poll() is None:
                continue
            end_child(self._starting.pop(number))
            self._count_failed_start(process.returncode)

    def _welcome(self) -> None:
        channel, _ = self._door.accept()
        connection = Connection(channel.detach())
        try:
            number = connection.recv()
            connection.send(self._orders)
        except (EOFError, OSError):  # it has ended, which is seen by its process
            connection.close()
        else:
            self._crew[connection] = _Worker(self._starting.pop(number))

    def _take(self, worker: _Worker, said: Any, done: dict[int, Answered]) -> None:
        if isinstance(said, str):
            raise HubpressError(said, where="a worker", hint="Nothing that was answered is lost.")
        if said is None:
            worker.is_ready, self._failed_starts = True, 0
            self.ready_at = self.ready_at or time.monotonic()
            return
        assert worker.chunk is not None
        done[id(worker.chunk)], worker.chunk, self._given_up = said, None, 0

    def _bury(self, connection: Connection, todo: deque[Chunk], done: dict[int, Answered]) -> None:
        """Take a dead worker away; its chunk is the next one, unless too many have died of it."""
        worker = self._crew.pop(connection)
        connection.close()
        end_child(worker.process)
        chunk = worker.chunk
        if chunk is None:
            if not worker.is_ready:
                self._count_failed_start(worker.process.returncode)
            return
        chunk.deaths += 1
        if chunk.deaths < DEATHS:
            todo.appendleft(chunk)
            return
        self._given_up += 1
        if self._given_up > 1:
            what = f"workers die of whatever they are given ({_ending(worker.process.returncode)})."
            raise HubpressError(
                what, hint="Look for what ends them, such as too little memory, and take fewer --workers."
            )
        reason = (
            f"{DEATHS} workers died while they answered it and its neighbours ({_ending(worker.process.returncode)})."
        )
        done[id(chunk)] = Answered([], {}, [BadRow(row.number, reason) for row in chunk.rows])

    def _count_failed_start(self, code: int) -> None:
        self._failed_starts += 1
        if self._failed_starts >= DEATHS:
            lines = self._said.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [_ending(code)]
            raise HubpressError(f"workers cannot start: {lines[-1][:300]}", hint="Mend that, and run the same command.")


class _Worker:
    """A worker's process, whether it has its model, and what it is answering."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.is_ready = False
        self.chunk: Chunk | None = None


def _environment() -> dict[str, str]:
    """Return this environment, with one thread for each library of a worker."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _ending(code: int) -> str:
    """Return how a keeper's exit code says that its worker ended, or that it was ended with it."""
    number = code - 128 if code > 128 else -code
    return f"ended by signal {number}" if number > 0 else f"exit code {code}"
