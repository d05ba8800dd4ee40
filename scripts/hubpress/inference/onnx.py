"""An ONNX file in the place of a pipeline's weights, so that it is measured by the very code that measures these."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

# What multiplies 8-bit integers on x86, best first, as torch and people call it.
_INSTRUCTIONS = {
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX VNNI",
    "avx512_bw": "AVX-512, no VNNI",
    "avx2": "AVX2, no VNNI",
}
_ARCHITECTURES = {"amd64": "x86-64", "x86_64": "x86-64", "aarch64": "arm64"}


def processor() -> str:
    """Return the kind of this machine's processor, as int8 arithmetic knows it: "x86-64 (AVX2, no VNNI)", "arm64"."""
    import torch

    machine = platform.machine().lower()
    kind = _ARCHITECTURES.get(machine, machine)
    if kind != "x86-64":
        return kind
    capabilities = torch.cpu.get_capabilities()
    best = next((words for flag, words in _INSTRUCTIONS.items() if capabilities.get(flag)), "no AVX2")
    return f"{kind} ({best})"


def session(path: Path, *, threads: int | None = None) -> Any:
    """Return an ONNX Runtime session on the CPU, whose threads do not spin while they wait; one a core by default."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(opened: Any, encoded: dict[str, np.ndarray]) -> np.ndarray:
    """Return the logits of encoded texts, padded as they are."""
    names = [entry.name for entry in opened.get_inputs()]
    return np.asarray(opened.run(["logits"], {name: encoded[name] for name in names})[0])


@contextmanager
def computing_by(pipe: Any, path: Path, *, threads: int | None = None) -> Iterator[None]:
    """Let a pipeline of transformers compute by an ONNX file, and by its own weights again afterwards.

    Texts are answered one by one and without padding, as the Space does: the activations of a quantised model share one
    scale, so that its scores depend on the batch that a text is in. By default it has as many threads as torch.
    """
    import torch
    from transformers.modeling_outputs import SequenceClassifierOutput, TokenClassifierOutput

    threads = threads or torch.get_num_threads()
    # Several short texts at once, each by one thread, take less time than one after the other, each by all threads.
    opened, pool = session(path, threads=1), ThreadPoolExecutor(threads)

    def forward(**inputs: Any) -> Any:
        given = {name: values for name, values in inputs.items() if isinstance(values, torch.Tensor)}
        encoded = {name: values.cpu().numpy() for name, values in given.items()}  # a pipeline may be on a GPU
        every = torch.from_numpy(_one_by_one(opened, encoded, pool))
        return (TokenClassifierOutput if every.ndim == 3 else SequenceClassifierOutput)(logits=every)

    own = pipe.model.forward
    pipe.model.forward = forward
    try:
        with pool:
            yield
    finally:
        pipe.model.forward = own


def _one_by_one(opened: Any, encoded: dict[str, np.ndarray], pool: ThreadPoolExecutor) -> np.ndarray:
    """Return the logits of encoded texts, each read without its padding; tokens that are left out get zeros."""
    rows, width = encoded["input_ids"].shape

    def logits_of(row: int) -> np.ndarray:
        read = encoded["attention_mask"][row].astype(bool)
        logits = run(opened, {name: values[row : row + 1, read] for name, values in encoded.items()})
        if logits.ndim < 3:
            return logits
        spread = np.zeros((1, width, logits.shape[-1]), dtype=logits.dtype)
        spread[:, read] = logits
        return spread

    return np.concatenate(list(pool.map(logits_of, range(rows))))
