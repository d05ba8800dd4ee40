"""The same answers by Ray Data: files are read and answered on the machines of a cluster, or of a local Ray.

Imported only when it is asked for; needs the extra ``ray``.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import pickle
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubpressError, UsageError, first_line, root_cause
from hubpress.score.model import ChosenModel
from hubpress.score.rows import Answered, Chunk, Orders
from hubpress.score.worker import answered, loaded

if TYPE_CHECKING:
    from hubpress.score.readers import FileChunks

_DEATHS = 3
_BYTES = 100_000  # that a block of one chunk is taken to have, until Ray has seen some


def refuse_without_ray() -> None:
    """Raise UsageError where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        hint = "Install it: pip install 'hubpress[ray]'."
        raise UsageError("needs the package ray, which is not installed.", where="--engine ray", hint=hint)


class RayCrew:
    """Actors of Ray with one model, as a context; a Ray that it had to start ends with it."""

    def __init__(self, chosen: ChosenModel, orders: Orders, workers: int, address: str | None) -> None:
        """Reach the cluster at an address, or start a Ray on this machine. Raises HubpressError where there is none."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        import ray

        self._chosen, self._orders, self._size = chosen, orders, workers
        self.ready_at = 0.0
        self._is_own = not ray.is_initialized()
        if not self._is_own:
            return
        quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False, "include_dashboard": False}
        try:
            if address or os.environ.get("RAY_ADDRESS"):
                ray.init(address=address, **quiet)
            else:
                ray.init(address="local", num_cpus=workers + 1, **quiet)  # one for what reads
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = address or "Ray"
            raise HubpressError(
                f"cannot be reached: {first_line(error)}", where=where, hint="Ask: ray status."
            ) from error

    def __enter__(self) -> RayCrew:
        self._said = redirect_stdout(sys.stderr)  # Ray prints what happens to its workers
        self._said.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        import ray

        self._said.__exit__(*raised)
        if self._is_own:
            ray.shutdown()

    def answers(self, files: Sequence[FileChunks]) -> Iterator[tuple[Chunk, Answered]]:
        """Yield the chunks of files in their order with what was answered.

        Raises HubpressError for what a worker says, and where actors die again and again.
        """
        import ray.data

        logging.getLogger("ray.data").setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        context.target_max_block_size = 1  # a block for each chunk: what is larger would go to one actor
        pool = ray.data.ActorPoolStrategy(size=self._size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # by other names Ray 2.60 does not let actors die for good
            # Reading takes another share of a core than answering: of the same one, Ray would let actors read.
            read = ray.data.read_datasource(_source(files), override_num_blocks=len(files), num_cpus=0.5)
            found = read.map_batches(
                _answering(self._chosen, self._orders), batch_size=1, batch_format="numpy", compute=pool, num_cpus=1,
                ray_remote_args_fn=lambda: {"max_restarts": _DEATHS, "max_task_retries": _DEATHS},
            )  # fmt: skip
        self.ready_at = time.monotonic()
        rows = iter(found.iter_rows())
        while True:
            try:
                row = next(rows, None)
            except Exception as error:
                cause = getattr(error, "cause", None) or root_cause(error)
                what = cause.what if isinstance(cause, HubpressError) else first_line(cause)
                hint = "Nothing that was answered is lost."
                raise HubpressError(f"a worker of Ray failed: {what}", hint=hint) from error
            if row is None:
                return
            yield pickle.loads(row["answered"])


def _source(files: Iterable[FileChunks]) -> Any:
    """Return files as Ray Data reads them: a task for each, a block for each chunk."""
    import pyarrow as pa
    from ray.data import Datasource, ReadTask
    from ray.data.block import BlockMetadata

    class _Files(Datasource):  # type: ignore[misc, unused-ignore]
        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
            metadata = BlockMetadata(num_rows=None, size_bytes=_BYTES, exec_stats=None)
            return [ReadTask(lambda file=file: _blocks(file), metadata) for file in files]

    def _blocks(file: FileChunks) -> Iterator[pa.Table]:
        for chunk in file:
            yield pa.table({"chunk": pa.array([pickle.dumps(chunk)], type=pa.large_binary())})

    return _Files()


def _answering(chosen: ChosenModel, orders: Orders) -> type:
    """Return the class of the actors; what they are told travels with it, and so outlives an actor that dies."""

    class Answering:
        """Chunks in, chunks with their answers out."""

        def __init__(self) -> None:
            from hubpress.environment import settle_environment

            settle_environment()
            given = orders
            if not given.folder.is_dir():  # another machine
                self._scratch = tempfile.TemporaryDirectory(prefix="hubpress-score-")
                given = replace(given, folder=chosen.fetched(Path(self._scratch.name)))
            self._orders, self._answer = given, loaded(given)

        def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
            chunks = [pickle.loads(chunk) for chunk in batch["chunk"]]
            found = [(chunk, answered(chunk, self._orders, self._answer)) for chunk in chunks]
            for chunk in chunks:
                chunk.rows.clear()
            return {"answered": [pickle.dumps(one) for one in found]}

    return Answering
