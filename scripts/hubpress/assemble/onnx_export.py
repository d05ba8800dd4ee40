"""The model in ``repo/`` -> its files in ``onnx/``, named as Transformers.js has it."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hubpress.assemble.weight_only import quantize_weights
from hubpress.errors import HubpressError, first_line
from hubpress.files import PARTIAL
from hubpress.inference.adapter import load_adapted
from hubpress.inference.classifier import columns_read
from hubpress.inference.inputs import ModelInput, texts_of
from hubpress.layout import ONNX, QUANTIZED, WEIGHT_ONLY

PARITY = 1e-4
"""No score of the exported model may differ from torch's by more."""

_WITHOUT = "Release it without ONNX files (onnx.export: false); it then has no Space."
_OPSET = 20
_BATCHES = (1, 2, 5)
_MIDDLE = (8, 33)  # tokens of texts that are read in batches of every size; of other lengths, two at a time
_SHORTEST = 3  # tokens: one between the two special ones
_LOG = logging.getLogger(__name__)
_LOGGERS = ("torch.onnx", "onnxscript", "onnx_ir", "root")


def export_onnx(
    repo: Path,
    texts: Sequence[ModelInput],
    *,
    model_class: Any,
    problem_type: str | None,
    adapter: bool = False,
    files: Sequence[str] = (ONNX, QUANTIZED),
    trial: bool = False,
) -> list[str]:
    """Write *files* of the model in *repo*, of an AutoModel class, the fp32 one among them; return their names.

    Those of an *adapter* hold the whole model, merged.
    *texts*, or pairs, are read at several lengths and batch sizes to compare the two. ``model_quantized.onnx`` has int8
    weights (per channel, of seven bits) and quantises activations as they come; ``model_int8.onnx`` has int8 weights
    and computes in floats. None holds what the exporter notes of the machine. A *trial* takes every step, but has
    one scale for all of a matrix: for files that nobody keeps. Raises HubpressError when the model cannot be exported,
    or answers otherwise afterwards.
    """
    import torch
    import transformers
    from transformers import AutoTokenizer

    transformers.utils.logging.disable_progress_bar()
    if adapter:
        model = load_adapted(str(repo), model_class=model_class.__name__)
    else:
        model = model_class.from_pretrained(str(repo), dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(repo))
    reads = inspect.signature(model.forward).parameters
    # At least three tokens: an example of fewer fixes the length. Some tokenizers give more than their model reads.
    some = [["a text", "another one here"], ["and", "its pair"]][: len(texts_of(texts))]
    example = tokenizer(*some, padding=True, return_tensors="pt")
    encoded = {name: values for name, values in example.items() if name in reads}
    (repo / ONNX).parent.mkdir(exist_ok=True)
    temporary = {name: repo / f"{name}{PARTIAL}" for name in files}
    with _silence():
        try:
            _LOG.info("trying to export the model as ONNX" if trial else "exporting the model as ONNX")
            _export(model, encoded, temporary[ONNX])
            _clean(temporary[ONNX])
            if QUANTIZED in temporary:
                _LOG.info("quantising the ONNX file")
                _quantize(temporary[ONNX], temporary[QUANTIZED], per_channel=not trial)
            if WEIGHT_ONLY in temporary:
                quantize_weights(temporary[ONNX], temporary[WEIGHT_ONLY])
        except Exception as error:
            what = f"{type(model).__name__} cannot be exported: {first_line(error)}"
            raise HubpressError(what, where=ONNX, hint=_WITHOUT) from error
    _LOG.info("holding the ONNX file against the weights")
    difference = _parity(model, tokenizer, temporary[ONNX], texts, problem_type)
    if difference > PARITY:
        what = f"a score differs from torch's by {difference:.2g}, more than {PARITY:g}."
        raise HubpressError(what, where=ONNX, hint=_WITHOUT)
    for name, path in temporary.items():
        path.replace(repo / name)
    for name in {QUANTIZED, WEIGHT_ONLY} - temporary.keys():
        (repo / name).unlink(missing_ok=True)  # of an earlier recipe
    return list(temporary)


def _export(model: Any, encoded: dict[str, Any], path: Path) -> None:
    import torch

    # Named, so that an export that fixes one of them fails here, not with a user.
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}
    torch.onnx.export(
        model,
        (),
        str(path),
        kwargs=encoded,
        input_names=list(encoded),
        output_names=["logits"],
        dynamic_shapes=dict.fromkeys(encoded, free),
        opset_version=_OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _clean(path: Path) -> None:
    """Take out the stack of every operation, which names paths of this machine, and the shapes seen at the export,
    which the quantiser would contradict."""
    import onnx

    document = onnx.load(str(path))
    del document.graph.value_info[:]
    del document.graph.output[1:]  # of encoder-decoders the encoder's last layer, which nobody asks for
    for part in (document, document.graph, *document.functions, *_nodes(document)):
        del part.metadata_props[:]
        part.doc_string = ""
    for value in (*document.graph.input, *document.graph.output, *document.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""
    path.write_bytes(document.SerializeToString(deterministic=True))


def _nodes(document: Any) -> Iterator[Any]:
    yield from document.graph.node
    for function in document.functions:
        yield from function.node


def _quantize(path: Path, quantized: Path, *, per_channel: bool) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Without VNNI, x86 adds two products of 8 bits in 16, and saturates; of seven-bit weights no two are too large. It
    # costs neither bytes nor time, and of the scores less than another processor's saturation did.
    weights = {"weight_type": QuantType.QInt8, "reduce_range": True, "per_channel": per_channel}
    quantize_dynamic(str(path), str(quantized), **weights)


def _parity(model: Any, tokenizer: Any, path: Path, texts: Sequence[ModelInput], problem_type: str | None) -> float:
    """Return the largest difference of a score between torch and ONNX Runtime, over lengths and batch sizes."""
    import torch

    from hubpress.inference.onnx import run, session

    longest, shortest = tokenizer.model_max_length, _SHORTEST + 2 * (len(texts_of(texts)) - 1)
    words = [" ".join(column).split() for column in texts_of(texts)]
    worst, opened = 0.0, session(path)
    names = [entry.name for entry in opened.get_inputs()]
    for length in sorted({shortest, *_MIDDLE, longest // 2, longest} & set(range(shortest, longest + 1))):
        for batch in _BATCHES if length in _MIDDLE else (2,):
            # Rows that begin at different words; the last is short, so that the others' mask is not all ones.
            parts = [[" ".join(one[start : start + 2 * length]) for start in range(batch)] for one in words]
            for part, one in zip(parts, words, strict=True):
                part[-1] = one[0] if batch > 1 else part[-1]
            parts = columns_read(tokenizer, parts, max_length=length)
            encoded = tokenizer(*parts, truncation=True, max_length=length, padding=True, return_tensors="pt")
            with torch.inference_mode():
                expected = model(**{name: encoded[name] for name in names}).logits.numpy()
            found = run(opened, {name: values.numpy() for name, values in encoded.items()})
            read = encoded["attention_mask"].numpy().astype(bool) if expected.ndim == 3 else slice(None)
            scores = [_scores(logits[read], problem_type) for logits in (expected, found)]
            # Of numbers, which may be large, by how much of them.
            worst = max(worst, float((np.abs(scores[0] - scores[1]) / np.maximum(np.abs(scores[0]), 1)).max()))
    return worst


def _scores(logits: np.ndarray, problem_type: str | None) -> np.ndarray:
    from scipy.special import expit, softmax

    if problem_type == "regression":
        return logits
    return np.asarray(expit(logits) if problem_type == "multi_label_classification" else softmax(logits, axis=-1))


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The exporter tells its steps on stdout and warns of packages that nothing here needs.

    The quantiser warns through the root logger's functions, which give it a handler for good where it has none.
    """
    handlers = list(logging.root.handlers)
    before = {name: logging.getLogger(name).level for name in _LOGGERS}
    try:
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.root.handlers[:] = handlers
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
