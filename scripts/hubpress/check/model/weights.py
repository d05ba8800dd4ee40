"""The weights: there, whole, safe to load, with as many outputs as there are labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Entry, Staged
from hubpress.hub.loose_values import as_mapping
from hubpress.layout import ADAPTER_CONFIG, CONFIG, WEIGHTS

INDEX = "model.safetensors.index.json"
# What transformers loads where there is no safetensors file.
_OTHER_WEIGHTS = re.compile(
    r"model.*\.safetensors(\.index\.json)?|pytorch_model.*\.bin(\.index\.json)?|tf_model\.h5|flax_model\.msgpack"
)

# The last layer of a stock classifier, by the end of its name; the first that a model has is the one.
_HEADS = ("classifier.out_proj", "classifier", "score", "classification_head.out_proj", "logits_proj", "head")


def weights(staged: Staged) -> Iterator[Problem]:
    """The model's weights are there; as safetensors, if the release is ours."""
    names = {entry.name for entry in staged.entries}
    if staged.is_ours and ADAPTER_CONFIG in names:  # of whose weights the adapter's rule speaks
        return
    others = () if staged.is_ours else (name for name in names if _OTHER_WEIGHTS.fullmatch(name) or _is_graph(name))
    if WEIGHTS not in names and INDEX not in names and not any(others):
        yield Problem(WEIGHTS, "The weights are missing. Save the model as safetensors into the folder.")


def _is_graph(name: str) -> bool:
    """Return whether a file holds a model for ONNX Runtime or OpenVINO, which some people publish without others."""
    return name.endswith((".onnx", "openvino_model.xml"))


def whole(staged: Staged) -> Iterator[Problem]:
    """Every safetensors file is whole, and every part that an index names is there."""
    for name, document in staged.documents.items():
        if name.endswith((".safetensors.index.json", ".bin.index.json")) and not document.problems:
            yield from _parts(staged, name, document.value)
    for entry in _tensor_files(staged):
        header = read_header(entry.path)
        if isinstance(header, str) and not entry.fetched_by:
            yield Problem(printable(entry.name), f"It is torn or not safetensors ({header}). Save the weights anew.")


def _parts(staged: Staged, name: str, index: object) -> Iterator[Problem]:
    """An index says in which file each tensor is, and those files are beside it."""
    files = as_mapping(index).get("weight_map")
    if not isinstance(files, dict) or not files or not all(isinstance(file, str) for file in files.values()):
        text = "`weight_map` does not name the file of each tensor. Save the weights anew."
        yield Problem(printable(name), text)
        return
    folder = name[: name.rfind("/") + 1]
    for file in sorted({f"{folder}{file}" for file in files.values()} - staged.files.keys()):
        yield Problem(printable(name), f"It names {printable(file)}, which is not in the folder. Add that file.")


def head(staged: Staged) -> Iterator[Problem]:
    """The classifier in the weights has one output for each label."""
    tensors = {
        name: shape
        for entry in _tensor_files(staged)
        if not isinstance(header := read_header(entry.path), str)
        for name, shape in header.items()
    }
    if not staged.is_classifier or not tensors or not staged.labels:
        return
    layer = next((name for name in _HEADS if _rows(tensors, name, "weight") is not None), None)
    if layer is None and not staged.is_ours and (staged.config.get("auto_map") or _has_other_head(tensors)):
        return
    if layer is None:
        text = f"No classifier is among the weights of {staged.architecture}: transformers would start a random one."
        yield Problem(WEIGHTS, f"{text} Save the trained model.")
        return
    for part in ("weight", "bias"):
        rows = _rows(tensors, layer, part)
        if rows is not None and rows != len(staged.labels):
            text = (
                f"{layer}.{part} has {rows} outputs, but {CONFIG} names {len(staged.labels)} labels. Make them agree."
            )
            yield Problem(WEIGHTS, text)


def _has_other_head(tensors: Iterable[str]) -> bool:
    return any(re.search(r"classif|score|logits|summary|label|\bhead", name) for name in tensors)


def read_header(path: Path) -> Mapping[str, tuple[int, ...]] | str:
    """Return the shape of every tensor of a safetensors file, or what is wrong with the file; reads no weights."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as tensors:
            return {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        return str(error)


def _rows(tensors: Mapping[str, tuple[int, ...]], layer: str, part: str) -> int | None:
    pattern = re.compile(rf"(.*\.)?{re.escape(layer)}\.{part}")
    return next((shape[0] for name, shape in tensors.items() if shape and pattern.fullmatch(name)), None)


def _tensor_files(staged: Staged) -> list[Entry]:
    return [entry for name, entry in staged.files.items() if name.endswith(".safetensors") and entry.size]
