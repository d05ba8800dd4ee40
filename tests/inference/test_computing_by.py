"""A pipeline computes by an ONNX file while it is told to, and by its own weights afterwards."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from hubpress.inference import onnx
from hubpress.inference.onnx import computing_by


class Session:
    """Answers each text with its number of tokens, and remembers what it was asked."""

    def __init__(self, path: Path) -> None:
        self.asked: list[list[int]] = []

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

    def run(self, outputs: list[str], encoded: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.asked.append(encoded["input_ids"].tolist())
        return [np.array([[float(encoded["input_ids"].shape[1])]], dtype=np.float32)]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session(Path())
    monkeypatch.setattr(onnx, "session", lambda path, threads: session)
    return session


@pytest.fixture
def pipe() -> Any:
    return SimpleNamespace(model=SimpleNamespace(forward=lambda **inputs: "own"))


def test_texts_are_read_alone_and_without_padding(pipe: Any, opened: Session) -> None:
    """Scores of a quantised file depend on the batch, so that each text is one; padding is left out."""
    ids = torch.tensor([[5, 6, 7], [5, 6, 0]])
    with computing_by(pipe, Path("model.onnx")):
        answered = pipe.model.forward(input_ids=ids, attention_mask=torch.tensor([[1, 1, 1], [1, 1, 0]]))
    assert answered.logits.tolist() == [[3.0], [2.0]]
    assert sorted(opened.asked) == [[[5, 6]], [[5, 6, 7]]]  # perhaps both at once


def test_the_weights_are_back_afterwards(pipe: Any, opened: Session) -> None:
    """Also when something fails in between, and from one file within another."""
    with computing_by(pipe, Path("model.onnx")):
        first = pipe.model.forward
        with pytest.raises(RuntimeError), computing_by(pipe, Path("model_quantized.onnx")):
            raise RuntimeError
        assert pipe.model.forward is first
    assert pipe.model.forward() == "own"
