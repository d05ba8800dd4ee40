"""The ONNX files beside the weights: both there, whole, read as the app reads them, and as evaluation.json says."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.onnx_graph import Graph
from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged
from hubpress.layout import CONFIG, EVALUATION, ONNX, QUANTIZED, WEIGHT_ONLY, WEIGHTS
from hubpress.text import quoted

_BOTH = (ONNX, QUANTIZED)
_ALL = (*_BOTH, WEIGHT_ONLY)
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUT = "logits"
_EXPORT = "Export the model again."
_EVALUATE = "Evaluate the model again."


def both(staged: Staged) -> Iterator[Problem]:
    """A model with one ONNX file, or with figures of them, has the fp32 file and the int8 file."""
    there = {entry.name for entry in staged.entries}
    has_figures = staged.evaluation is not None and staged.evaluation.onnx is not None
    if there.isdisjoint(_BOTH) and not has_figures:
        return
    for name in sorted(set(_BOTH) - there):
        reason = next((f"{each} is there" for each in _BOTH if each in there), f"{EVALUATION} has its figures")
        yield Problem(name, f"It is missing, though {reason}. {_EXPORT}")


def whole(staged: Staged) -> Iterator[Problem]:
    """Every ONNX file is whole, valid, and one file with all that belongs to it."""
    for name, graph in staged.graphs.items():
        if staged.files[name].fetched_by:
            continue  # a pointer, of which `pointers` says so
        if isinstance(graph, str):
            yield Problem(printable(name), f"It is torn or not ONNX ({graph}). {_EXPORT}")
        elif graph.is_external and staged.is_ours:
            text = "Its weights lie in another file, which the app does not load. Export it with external_data=False."
            yield Problem(printable(name), text)


def inputs(staged: Staged) -> Iterator[Problem]:
    """Each of our files takes what the tokenizer gives, for any number of texts of any length."""
    for name, graph in _readable(staged):
        if "input_ids" not in graph.inputs:
            yield Problem(name, f"It takes no `input_ids`, so no text can be given to it. {_EXPORT}")
        for given, shape in graph.inputs.items():
            if given not in _INPUTS:
                text = f"It takes {quoted(given)}, which the app does not give. Allowed are {', '.join(_INPUTS)}."
                yield Problem(name, f"{text} {_EXPORT}")
            elif shape is not None and (len(shape) != 2 or shape[0] is not None or shape[1] is not None):
                size = " by ".join("any" if each is None else str(each) for each in shape)
                text = f"Its `{given}` is {size or 'a single number'}, not any number of texts by any number of tokens."
                yield Problem(name, f"{text} Export it with dynamic shapes.")


def outputs(staged: Staged) -> Iterator[Problem]:
    """Each of our files answers with `logits`, one for each label."""
    for name, graph in _readable(staged):
        if _OUTPUT not in graph.outputs:
            yield Problem(name, f"It has no output `{_OUTPUT}`, which the app reads. {_EXPORT}")
            continue
        shape = graph.outputs[_OUTPUT] or (None,)
        if staged.labels and shape[-1] not in (None, len(staged.labels)):
            text = f"Its `{_OUTPUT}` are {shape[-1]}, but {CONFIG} names {len(staged.labels)} labels. {_EXPORT}"
            yield Problem(name, text)


def int8(staged: Staged) -> Iterator[Problem]:
    """Integer arithmetic gives the same on every processor.

    Asked of earlier releases too, which were quantized in the full range: on such machines they answer otherwise.
    """
    if staged.is_ours:
        advice = (
            f"Stage the model again and release that; until then use {ONNX} there. Its other files are not concerned."
        )
    else:
        advice = "Quantize it with reduce_range=True."
    for name, graph in staged.graphs.items():
        if isinstance(graph, Graph) and graph.saturating:
            text = f"Its int8 weights may saturate on x86 processors without VNNI ({graph.saturating} of its matrices)"
            yield Problem(printable(name), f"{text}, where some texts then get another answer. {advice}")


def measured(staged: Staged) -> Iterator[Problem]:
    """evaluation.json has figures of both files, and the sizes that they have."""
    given = staged.mapping(EVALUATION)
    if given and "onnx" not in given and not staged.files.keys().isdisjoint(_BOTH):
        yield Problem(EVALUATION, f"It has no `onnx`, though the ONNX files are there. {_EVALUATE}")
    if staged.evaluation is None or staged.evaluation.onnx is None:
        return
    sizes = {file.path: file.bytes for file in staged.evaluation.onnx.files}
    has_page = WEIGHT_ONLY in staged.files or staged.evaluation.onnx.page is not None
    for name in _ALL if has_page else _BOTH:
        if name not in sizes:
            yield Problem(EVALUATION, f"`onnx.files` has no figures of {name}. {_EVALUATE}")
    for name, size in sizes.items():
        if name not in staged.files:
            if name not in (*_BOTH, WEIGHTS):  # of those, other rules speak
                text = f"`onnx.files` names {quoted(name)}, which is not in the folder. {_EVALUATE}"
                yield Problem(EVALUATION, text)
        elif size != staged.files[name].size:
            text = f"`onnx.files` says {size} bytes for {printable(name)}, which has {staged.files[name].size}."
            yield Problem(EVALUATION, f"{text} {_EVALUATE}")


def used(staged: Staged) -> Iterator[Problem]:
    """The int8 file is the one to use just where it loses no more than is allowed, by an app and by a page."""
    if staged.evaluation is None or staged.evaluation.onnx is None:
        return
    facts, page = staged.evaluation.onnx, staged.evaluation.onnx.page
    chosen = [("onnx.used", facts.used, facts.loss, QUANTIZED)]
    if page:
        chosen.append(("onnx.page.used", page.used, page.loss, WEIGHT_ONLY))
    for key, given, lost, int8 in chosen:
        right = int8 if lost <= facts.allowed_loss else ONNX
        if given not in (ONNX, int8):
            yield Problem(EVALUATION, f"`{key}` is {quoted(given)}, not one of {ONNX} and {int8}. {_EVALUATE}")
        elif given != right:
            loss = f"with a loss of {lost:.4g} where {facts.allowed_loss:.4g} is allowed it is {right}"
            yield Problem(EVALUATION, f"`{key}` is {given}, but {loss}. {_EVALUATE}")


def _readable(staged: Staged) -> Iterator[tuple[str, Graph]]:
    for name in _ALL:
        graph = staged.graphs.get(name)
        if isinstance(graph, Graph):
            yield name, graph
