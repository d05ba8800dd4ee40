"""What frozen layers give for each text, computed once and kept on disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

COLUMN = "inputs_embeds"
"""The column of a dataset with the number of a text's states, and the argument by which a model is given them."""
_BYTES = np.dtype(np.float32).itemsize


class States:
    """Hidden states (tokens, size) of distinct texts, in one file a process; each process reads those of all."""

    def __init__(self, folder: Path, lengths: Sequence[int], size: int, *, processes: int) -> None:
        """Describe the states of texts with *lengths* in tokens; the text of number n is process n % processes's."""
        self._folder, self._size, self._processes = folder, size, processes
        self._lengths = np.asarray(lengths, dtype=np.int64)
        self._starts = np.zeros(len(self._lengths), dtype=np.int64)
        for process in range(processes):
            own = self._lengths[process::processes]
            self._starts[process::processes] = np.cumsum(own) - own
        self._files: dict[int, np.ndarray] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open files behind: the worker of a DataLoader opens its own."""
        return {**self.__dict__, "_files": {}}

    @property
    def bytes(self) -> int:
        """How much room they take on the disk."""
        return int(self._lengths.sum()) * self._size * _BYTES

    def write(self, process: int, states: Iterator[np.ndarray]) -> None:
        """Write the states of a process's own texts, in the order of their numbers; OSError where there is no room."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._path(process).open("wb") as stream:
            for one in states:
                stream.write(np.ascontiguousarray(one, dtype=np.float32).tobytes())

    def of(self, number: int) -> np.ndarray:
        """Return the states of a text (tokens, size)."""
        start = self._starts[number]
        return self._file(number % self._processes)[start : start + self._lengths[number]]

    def remove(self) -> None:
        """Take all files away."""
        self._files = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, process: int) -> Path:
        return self._folder / f"{process}.float32"

    def _file(self, process: int) -> np.ndarray:
        if process not in self._files:
            shape = (int(self._lengths[process :: self._processes].sum()), self._size)
            self._files[process] = np.memmap(self._path(process), dtype=np.float32, mode="r", shape=shape)
        return self._files[process]


class StatesCollator:
    """A task's own collator, with padded states in the place of tokens."""

    def __init__(self, collate: Callable[..., Any], states: Callable[[int], np.ndarray], *, padding_side: str) -> None:
        """Read by *states* what belongs to a number."""
        self._collate, self._states, self._is_left = collate, states, padding_side == "left"

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return a batch: what the task's collator makes of it, and states (texts, tokens, size)."""
        own = [self._states(feature[COLUMN]) for feature in features]
        batch = self._collate([{name: feature[name] for name in feature if name != COLUMN} for feature in features])
        texts, tokens = batch["input_ids"].shape
        padded = torch.zeros(texts, tokens, own[0].shape[1])
        for row, states in zip(padded, own, strict=True):
            place = row[tokens - len(states) :] if self._is_left else row[: len(states)]
            place.copy_(torch.from_numpy(np.array(states)))
        return {**{name: batch[name] for name in batch if name != "input_ids"}, COLUMN: padded}
