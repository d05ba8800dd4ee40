"""The int8 file multiplies alike on every processor: what x86 without VNNI does is done here in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from helpers.pipeline import save_model
from helpers.space import FP32, INT8, export_onnx, session
from hubpress.check.onnx_graph import Graph, read_graph

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with both files, as a release writes them."""
    folder = tmp_path_factory.mktemp("int8")
    save_model(folder, tiny_base, ("no", "yes"), (), problem_type="single_label_classification")
    export_onnx(folder, "text-classification")
    return folder


def matrices(file: Path) -> list[np.ndarray]:
    """Return the weights by which a file multiplies in integers."""
    graph = onnx.load(str(file)).graph
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return [tensors[node.input[1]] for node in graph.node if node.op_type == "MatMulInteger"]


def as_avx2_multiplies(activations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the product as vpmaddubsw makes it: two neighbouring products are added in 16 bits, which saturate."""
    left, right = activations.astype(np.int32), weights.astype(np.int32)
    pairs = left[:, 0::2, None] * right[None, 0::2] + left[:, 1::2, None] * right[None, 1::2]
    return np.asarray(np.clip(pairs, -(2**15), 2**15 - 1).sum(axis=1))


def differing(file: Path) -> int:
    """Return by how many matrices of a file AVX2 gives another product, for the largest and for random activations."""
    random, count = np.random.default_rng(0), 0
    for weights in matrices(file):
        activations = random.integers(0, 256, (6, len(weights)), dtype=np.uint8)
        activations[0] = 255
        exact = activations.astype(np.int32) @ weights.astype(np.int32)
        count += not np.array_equal(as_avx2_multiplies(activations, weights), exact)
    return count


def saturating(file: Path) -> int:
    graph = read_graph(file)
    assert isinstance(graph, Graph)
    return graph.saturating


def test_no_product_of_the_int8_file_saturates(exported: Path, tmp_path: Path) -> None:
    """Without the range that is reduced for it many would, and check sees which file is which."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    assert len(matrices(exported / INT8)) == 8
    assert (differing(exported / INT8), saturating(exported / INT8)) == (0, 0)
    full = tmp_path / "full.onnx"
    quantize_dynamic(str(exported / FP32), str(full), weight_type=QuantType.QInt8, per_channel=True)
    assert differing(full) > 0
    assert saturating(full) >= differing(full)
    assert abs(full.stat().st_size - (exported / INT8).stat().st_size) < 100


def test_int8_scores_are_near_those_of_the_weights(exported: Path) -> None:
    """On a random model, which is surer of itself than a trained one."""
    from transformers import AutoTokenizer

    from helpers.pipeline import texts

    tokenizer, logits = AutoTokenizer.from_pretrained(exported), {}
    for name in (FP32, INT8):
        opened = session(exported / name)
        taken = [entry.name for entry in opened.get_inputs()]
        encoded: list[Any] = [tokenizer(text, truncation=True, return_tensors="np") for text in texts(40)]
        found = [opened.run(["logits"], {key: one[key] for key in taken})[0][0] for one in encoded]
        difference = np.array(found)[:, 1] - np.array(found)[:, 0]
        logits[name] = 1 / (1 + np.exp(-difference))
    assert np.abs(logits[FP32] - logits[INT8]).mean() < 0.05
    assert logits[FP32].std() > 0.1
