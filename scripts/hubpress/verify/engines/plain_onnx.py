"""An ONNX file asked by onnxruntime and tokenizers alone, as a program without torch and transformers asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hubpress.content import pipeline_module
from hubpress.files import JsonObject, read_json
from hubpress.inference.inputs import TEXTS, ModelInput
from hubpress.layout import CONFIG, TOKENIZER, TOKENIZER_CONFIG
from hubpress.schemas.engines import Scores

_NO_LENGTH = 1_000_000  # transformers writes 1e30 where a tokenizer has no length


class PlainOnnx:
    """An ONNX file with its tokenizer, from a folder."""

    def __init__(self, folder: Path, file: str) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        self.config = read_json(folder / CONFIG)
        self.labels = labels_of(self.config)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        length = read_json(folder / TOKENIZER_CONFIG).get("model_max_length") or _NO_LENGTH
        self._length = int(length if length < _NO_LENGTH else self.config.get("max_position_embeddings") or _NO_LENGTH)
        self._tokenizer.no_padding()
        self._session = InferenceSession(str(folder / file), providers=["CPUExecutionProvider"])

    def _encoded(self, given: ModelInput) -> Any:
        first, second = (given, None) if isinstance(given, str) else (given[name] for name in TEXTS)
        return self._tokenizer.encode(first, second)

    def is_cut(self, given: ModelInput) -> bool:
        """Return whether an input is longer than what the model reads."""
        self._tokenizer.no_truncation()
        return len(self._encoded(given)) > self._length

    def answer(self, given: ModelInput) -> Scores:
        """Return the scores of one input."""
        self._tokenizer.enable_truncation(self._length)
        encoded = self._encoded(given)
        columns = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        names = [entry.name for entry in self._session.get_inputs()]
        logits = self._session.run(["logits"], {name: np.array([columns[name]], np.int64) for name in names})[0][0]
        if logits.ndim == 1:
            return dict(zip(self.labels, scores_of(logits, self.config.get("problem_type")).tolist(), strict=True))
        special = special_ids(self._tokenizer)
        scores = scores_of(logits, "single_label_classification")
        kept = [number for number, token in enumerate(encoded.ids) if token not in special]
        return {f"{number} {self.labels[scores[number].argmax()]}": float(scores[number].max()) for number in kept}


def special_ids(tokenizer: Any) -> set[int]:
    """Return the numbers of a tokenizer's special tokens, wherever they stand in a text."""
    return {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}


def labels_of(config: JsonObject) -> list[str]:
    """Return a model's labels in the order of their numbers."""
    return [name for _, name in sorted((int(number), str(name)) for number, name in config["id2label"].items())]


def scores_of(logits: np.ndarray, problem_type: str | None) -> np.ndarray:
    """Return what a model's raw scores (…, labels) stand for, by the loss that it was trained with."""
    decision = pipeline_module("decision")
    logits = np.asarray(logits, dtype=np.float64)
    if problem_type == "regression":
        return logits
    found: np.ndarray = (decision.sigmoid if problem_type == "multi_label_classification" else decision.softmax)(logits)
    return found
