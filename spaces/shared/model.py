"""A model's tokenizer and its ONNX file: texts -> logits, without torch and transformers."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from huggingface_hub import hf_hub_download
from settings import Settings, local_model
from tokenizers import Encoding, Tokenizer

_BATCH = 8
_LONGEST_STRIDE = 128
_WINDOWS = 2  # of each text of a pair; what is cut may change the tokens beside it
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
_NO_LENGTH = 1_000_000  # transformers writes 1e30 where a tokenizer has no length


class TextModel:
    """A model read from its repository at the settings' revision, or from the folder MODEL_DIR."""

    def __init__(self, settings: Settings) -> None:
        """Load tokenizer and weights. Raises what the Hub's client raises where a file cannot be had."""
        _share_memory()
        # The names preload_from_hub lists in README.md: files of a commit that are cached are not asked for again.
        self.config: dict[str, Any] = json.loads(_file(settings, "config.json").read_text(encoding="utf-8"))
        text = _file(settings, "tokenizer_config.json").read_text(encoding="utf-8")
        self.tokenizer_config: dict[str, Any] = json.loads(text)
        self.tokenizer = Tokenizer.from_file(str(_file(settings, "tokenizer.json")))
        self.tokenizer.no_padding()  # some publishers bake in what their last batch needed
        self.tokenizer.no_truncation()
        self.max_length = _max_length(self.tokenizer_config, self.config)
        if self.max_length:
            size = self.max_length - self.tokenizer.num_special_tokens_to_add(False)
            # Only further windows of a long text overlap; the first, all that a classifier reads, stays as it is.
            stride = 0 if self.config.get("text_pair") else min(size // 3, _LONGEST_STRIDE)
            self.tokenizer.enable_truncation(self.max_length, stride=stride)
        # The int8 scores of a text depend on the batch that it is in, since activations share one scale.
        self._batch = 1 if "quantized" in Path(settings.onnx).name else _BATCH
        self._session = _session(_file(settings, settings.onnx))
        self._lock = Lock()
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        if unknown := set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}:
            raise ValueError(f"{settings.onnx} has an input {min(unknown)!r}, which no tokenizer gives.")

    def token_id(self, role: str) -> int | None:
        """Return the id of a special token by its role (``pad_token``, ``unk_token``), or None."""
        token = self.tokenizer_config.get(role)
        name = token["content"] if isinstance(token, dict) else token
        return self.tokenizer.token_to_id(name) if name else None

    def encode(self, text: str) -> list[Encoding]:
        """Return the windows of a text in tokens; one, unless it is longer than the model reads."""
        encoding = self.tokenizer.encode(text)
        return [encoding, *encoding.overflowing]

    def encode_pair(self, text: str, text_pair: str) -> tuple[Encoding, bool]:
        """Return two texts in tokens as the model reads them together, and whether something of them was cut.

        The longer one is cut first, as ``truncation=True`` of transformers does it.
        """
        first, second = self._beginnings(text, text_pair)
        encoding = self.tokenizer.encode(first, second)
        return encoding, bool(encoding.overflowing)

    def _beginnings(self, text: str, text_pair: str) -> list[str]:
        """Return at least what of two texts can be read: of long ones the tokenizer joins every window with each.

        The longer one stays so: where a token is left over, it is that one's.
        """
        alone = [self.tokenizer.encode(one, add_special_tokens=False) for one in (text, text_pair)]
        windows = [[encoding, *encoding.overflowing] for encoding in alone]
        first, second = (sum(map(len, each)) for each in windows)
        kept = (_WINDOWS + 1 if first > second else _WINDOWS, _WINDOWS)
        return [
            one if len(each) <= most else one[: each[most - 1].offsets[-1][1]]
            for one, each, most in zip((text, text_pair), windows, kept, strict=True)
        ]

    def logits(self, encodings: Sequence[Encoding]) -> list[np.ndarray]:
        """Return the first output of the model for each encoding, in their order, without what padding added."""
        by_length = sorted(range(len(encodings)), key=lambda index: len(encodings[index]))
        found: dict[int, np.ndarray] = {}
        for start in range(0, len(by_length), self._batch):
            chosen = by_length[start : start + self._batch]
            found.update(zip(chosen, self._run([encodings[index] for index in chosen]), strict=True))
        return [found[index] for index in range(len(encodings))]

    def _run(self, batch: Sequence[Encoding]) -> np.ndarray:
        shape = (len(batch), max(len(encoding) for encoding in batch))
        filled = {name: np.zeros(shape, dtype=np.int64) for name in self._inputs}
        if "input_ids" in filled:
            filled["input_ids"].fill(self.token_id("pad_token") or 0)
        for row, encoding in enumerate(batch):
            values = {
                "input_ids": encoding.ids,
                "attention_mask": encoding.attention_mask,
                "token_type_ids": encoding.type_ids,
            }
            for name, array in filled.items():
                array[row, : len(encoding)] = values[name]
        with self._lock:  # one run uses all cores: several at once would only need more memory
            return np.asarray(self._session.run(None, filled)[0])


def _file(settings: Settings, name: str) -> Path:
    if folder := local_model():
        return folder / name
    # None is the endpoint of the environment (HF_ENDPOINT).
    return Path(hf_hub_download(settings.model, name, revision=settings.revision, endpoint=settings.endpoint))


def _max_length(tokenizer_config: dict[str, Any], config: dict[str, Any]) -> int | None:
    length = tokenizer_config.get("model_max_length") or _NO_LENGTH
    if length < _NO_LENGTH:
        return int(length)
    positions = config.get("max_position_embeddings")
    return int(positions) if positions else None


def _share_memory() -> None:
    """Let glibc's threads share two heaps: each of 40 with its own keeps what its largest text needed."""
    with suppress(OSError, AttributeError):  # another system, another C library
        ctypes.CDLL("libc.so.6").mallopt(_ARENA_MAX, 2)


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    options.inter_op_num_threads = 1
    # Threads that spin while they wait take the processor from the web server and from one another.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
