"""What an ONNX file takes and gives, read without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_MOST = 255  # of an activation
_INT16 = np.iinfo(np.int16)

Shape = tuple[int | None, ...]
"""The dimensions of a tensor, ``None`` for those that are free."""


@dataclass(frozen=True)
class Graph:
    """The inputs and outputs of an ONNX file by name, with their shapes (``None`` where the file names none)."""

    inputs: Mapping[str, Shape | None]
    outputs: Mapping[str, Shape | None]
    is_external: bool
    """Whether weights lie in other files."""
    saturating: int
    """How many int8 matrices are so large that x86 processors without VNNI may saturate in multiplying by them."""


def read_graph(path: Path) -> Graph | str:
    """Return what the ONNX file at *path* takes and gives, or what is wrong with it; opens no other file."""
    import onnx  # takes a third of a second
    from google.protobuf.message import Error  # type: ignore[import-untyped]

    try:
        content = path.read_bytes()
        model = onnx.load_model_from_string(content)
        is_external = any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model.graph))
        if not is_external:  # else the checker would look for the other files
            onnx.checker.check_model(content)
        saturating = 0 if is_external else _saturating(model.graph)
    except (Error, onnx.checker.ValidationError, OSError, ValueError, RuntimeError) as error:
        return str(error).strip().split("\n")[0] or type(error).__name__
    weights = {tensor.name for tensor in model.graph.initializer}  # old files list them as inputs too
    inputs = {value.name: _shape(value) for value in model.graph.input if value.name not in weights}
    outputs = {value.name: _shape(value) for value in model.graph.output}
    return Graph(inputs, outputs, is_external, saturating)


def _saturating(graph: Any) -> int:
    """Return how many matrices hold two weights, one below the other, that can saturate.

    Processors with AVX2 alone multiply unsigned activations by such pairs and add the two products in 16 bits.
    """
    import onnx

    tensors = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.INT8}
    used = {node.input[1] for node in graph.node if node.op_type == "MatMulInteger"} & tensors.keys()
    count = 0
    for name in used:
        weights = onnx.numpy_helper.to_array(tensors[name]).astype(np.int32)
        if weights.ndim < 2:
            continue
        even, odd = weights[..., 0::2, :], weights[..., 1::2, :]
        even = even[..., : odd.shape[-2], :]  # the last of an odd number stands alone, and one product fits
        most = _MOST * (np.maximum(even, 0) + np.maximum(odd, 0)).max(initial=0)
        least = _MOST * (np.minimum(even, 0) + np.minimum(odd, 0)).min(initial=0)
        count += bool(most > _INT16.max or least < _INT16.min)
    return count


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


def _shape(value: Any) -> Shape | None:
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(each.dim_value if each.HasField("dim_value") else None for each in kind.shape.dim)
