"""Int8 weights with float arithmetic: a quarter of the bytes, and one answer however ONNX Runtime computes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from hubpress.assemble.weight_only import quantize_weights

WORDS, WIDTH, LABELS = 300, 64, 40
IDS = np.array([[3, 1, 299, 0, 7]])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedding, two products by one matrix, a head that is the other way round, and a vector."""
    random = np.random.default_rng(0)
    weights = {
        "table": random.normal(size=(WORDS, WIDTH)),
        "square": random.normal(size=(WIDTH, WIDTH)) * np.linspace(0.001, 0.1, WIDTH),
        "head": random.normal(size=(LABELS, WIDTH)),
        "bias": random.normal(size=LABELS),
    }
    weights["table"][9] = 0  # a row of padding has no largest number
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("MatMul", ["embedded", "square"], ["once"]),
        helper.make_node("Tanh", ["once"], ["bent"]),
        helper.make_node("MatMul", ["bent", "square"], ["twice"]),
        helper.make_node("ReduceMean", ["twice", "axis"], ["pooled"], keepdims=0),
        helper.make_node("Gemm", ["pooled", "head", "bias"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", LABELS])],
        [
            *(numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()),
            numpy_helper.from_array(np.array([1]), "axis"),
        ],
    )
    path = tmp_path_factory.mktemp("weight-only") / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    quantize_weights(path, path.with_name("int8.onnx"))
    return path


def logits(path: Path, level: onnxruntime.GraphOptimizationLevel) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input_ids": IDS})[0])


def test_only_weights_are_rounded_and_once(exported: Path) -> None:
    """Each matrix is there once, in int8; the logits are the same however the graph is optimised."""
    int8 = exported.with_name("int8.onnx")
    document = onnx.load(int8)
    onnx.checker.check_model(document, full_check=True)
    kinds = {tensor.name: (tensor.data_type, np.prod(tensor.dims)) for tensor in document.graph.initializer}
    assert sorted(size for kind, size in kinds.values() if kind == TensorProto.INT8) == [
        *(LABELS * WIDTH, WIDTH * WIDTH, WORDS * WIDTH)
    ]
    assert max(size for kind, size in kinds.values() if kind == TensorProto.FLOAT) == WORDS  # scales of the rows
    assert int8.stat().st_size < 0.3 * exported.stat().st_size

    levels = onnxruntime.GraphOptimizationLevel
    plain, best = logits(int8, levels.ORT_DISABLE_ALL), logits(int8, levels.ORT_ENABLE_ALL)
    assert np.abs(plain - best).max() < 1e-4 < np.abs(best).max() / 1000
    true = logits(exported, levels.ORT_ENABLE_ALL)
    assert 0 < np.abs(true - best).max() < 0.02 * np.abs(true).max()
