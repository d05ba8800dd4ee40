"""What an ONNX file takes and gives, read without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Shape = tuple[int | None, ...]
"""The dimensions of a tensor, ``None`` for those that are free."""


@dataclass(frozen=True)
class Graph:
    """The inputs and outputs of an ONNX file by name, with their shapes (``None`` where the file names none)."""

    inputs: Mapping[str, Shape | None]
    outputs: Mapping[str, Shape | None]
    is_external: bool
    """Whether weights lie in other files."""


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
    except (Error, onnx.checker.ValidationError, OSError, ValueError, RuntimeError) as error:
        return str(error).strip().split("\n")[0] or type(error).__name__
    weights = {tensor.name for tensor in model.graph.initializer}  # old files list them as inputs too
    inputs = {value.name: _shape(value) for value in model.graph.input if value.name not in weights}
    return Graph(inputs, {value.name: _shape(value) for value in model.graph.output}, is_external)


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
