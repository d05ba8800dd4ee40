"""An ONNX file -> the same with int8 weights and float arithmetic, for browsers: small, and alike everywhere.

Quantised activations round anew for each text, and where two builds of ONNX Runtime differ in the last digit of a
float, some roundings fall otherwise. Here the weights alone are rounded, once. ``Cast`` and ``Mul`` make floats of
them, which ONNX Runtime computes when it loads the file: it then runs as fast as fp32. (It keeps ``DequantizeLinear``,
and fuses it with the product by an arithmetic that depends on the build; its ``MatMulNBits`` is slower.)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

_MOST = 127  # the largest step of int8, to both sides
_SMALLEST = 1024  # numbers: smaller matrices are left as they are


def quantize_weights(path: Path, quantized: Path) -> None:
    """Write the fp32 file at *path* with the matrices of its products and its embeddings in int8.

    A matrix has a scale for each of its outputs, an embedding one for each row.
    """
    import onnx

    document = onnx.load(str(path))
    graph = document.graph
    floats = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT}
    nodes: list[Any] = []
    written: dict[str, Any] = {}
    for node in graph.node:
        place = {"MatMul": 1, "Gemm": 1, "Gather": 0}.get(node.op_type)
        tensor = floats.get(node.input[place]) if place is not None else None
        if tensor is None or len(tensor.dims) != 2 or np.prod(tensor.dims) < _SMALLEST:
            nodes.append(node)
        elif node.op_type != "Gather":
            attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            axis = 1 if attributes.get("transB") else 0
            floated = f"{tensor.name}_by_{'row' if axis else 'column'}"
            if floated not in written:
                written[floated] = _in_steps(tensor, axis, floated)
                nodes += _floats(f"{floated}_int8", f"{floated}_scale", floated)
            node.input[1] = floated
            nodes.append(node)
        elif all(one.i == 0 for one in node.attribute):  # rows
            name, found = f"{tensor.name}_rows", node.output[0]
            written.setdefault(name, _in_steps(tensor, 1, name))
            for part in ("int8", "scale"):
                nodes.append(onnx.helper.make_node("Gather", [f"{name}_{part}", node.input[1]], [f"{found}_{part}"]))
            nodes += _floats(f"{found}_int8", f"{found}_scale", found)
        else:
            nodes.append(node)
    still = {name for node in nodes for name in node.input} | {output.name for output in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in still]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *(tensor for pair in written.values() for tensor in pair)])
    quantized.write_bytes(document.SerializeToString(deterministic=True))


def _in_steps(tensor: Any, axis: int, name: str) -> tuple[Any, Any]:
    """Return a matrix in int8, and its scales: one for all numbers along *axis*."""
    from onnx import numpy_helper

    numbers = numpy_helper.to_array(tensor)
    scale = np.abs(numbers).max(axis=axis, keepdims=True) / _MOST
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    steps = np.clip(np.rint(numbers / scale), -_MOST, _MOST).astype(np.int8)
    return numpy_helper.from_array(steps, f"{name}_int8"), numpy_helper.from_array(scale, f"{name}_scale")


def _floats(steps: str, scale: str, name: str) -> list[Any]:
    """Return what makes floats of int8, by a scale."""
    import onnx

    cast = onnx.helper.make_node("Cast", [steps], [f"{name}_float"], to=onnx.TensorProto.FLOAT)
    return [cast, onnx.helper.make_node("Mul", [f"{name}_float", scale], [name])]
