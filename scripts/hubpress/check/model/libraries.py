"""What other libraries keep in a folder: the file that each begins with, and the weights that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged
from hubpress.hub.formats import MODULES, PIPELINE_INDEX, SETFIT_CONFIG, SETFIT_HEAD, is_gguf
from hubpress.hub.ids import not_an_id
from hubpress.hub.loose_values import as_list, is_text
from hubpress.layout import ADAPTER_CONFIG, ADAPTER_WEIGHTS, CONFIG
from hubpress.text import quoted

_ADAPTER_PICKLE = "adapter_model.bin"
_GGUF_START = b"GGUF"
_DIFFUSERS_WEIGHTS = (".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".onnx", ".xml", ".h5", ".msgpack", ".gguf")
_WITHOUT_WEIGHTS = ("Scheduler", "Tokenizer", "TokenizerFast", "Processor", "ProcessorFast", "Extractor")
_WEIGHT_SUFFIXES = (".safetensors", ".bin", ".onnx", ".xml", ".h5", ".msgpack")


def adapter(staged: Staged) -> Iterator[Problem]:
    """An adapter has its settings, its weights, and the id of the model that it belongs to."""
    if ADAPTER_CONFIG not in _names(staged):
        yield Problem(ADAPTER_CONFIG, "It is missing, and PEFT loads nothing without it. Save the adapter again.")
    settings = staged.mapping(ADAPTER_CONFIG)
    document = staged.documents.get(ADAPTER_CONFIG)
    if document and not document.problems and not isinstance(document.value, dict):
        yield Problem(ADAPTER_CONFIG, "It is not an object. Save the adapter again.")
    elif settings and not is_text(settings.get("peft_type")):
        yield Problem(
            ADAPTER_CONFIG, "`peft_type` is missing, and PEFT loads nothing without it. Save the adapter again."
        )
    if _names(staged).isdisjoint((ADAPTER_WEIGHTS, _ADAPTER_PICKLE)):
        yield Problem(ADAPTER_WEIGHTS, "The adapter's weights are missing. Save the adapter with save_pretrained.")
    if settings:
        yield from _base(staged, settings.get("base_model_name_or_path"))


def released_adapter(staged: Staged) -> Iterator[Problem]:
    """A release that is an adapter names its base at a commit, and has what every adapter has."""
    if ADAPTER_CONFIG not in _names(staged):
        return
    yield from adapter(staged)
    commit = staged.mapping(ADAPTER_CONFIG).get("revision")
    if not is_text(commit) or not re.fullmatch(r"[0-9a-f]{40}", commit):
        text = "`revision` is no commit, so that the base under the adapter may change. Write the commit's 40 digits."
        yield Problem(ADAPTER_CONFIG, text)


def _base(staged: Staged, base: object) -> Iterator[Problem]:
    field = "`base_model_name_or_path`"
    if not is_text(base):
        yield Problem(ADAPTER_CONFIG, f"{field} names no model, so nobody can load the adapter. Write the base's id.")
        return
    if not_an_id(base):
        text = f"{field} {quoted(base)} is no model of the Hub, so nobody else can load it. Write the base's id."
        yield Problem(ADAPTER_CONFIG, text)
        return
    if staged.card and staged.card.readable and "base_model" not in staged.fields:
        text = f"`base_model` is missing, so the adapter is not found under its base. Write `base_model: {base}`."
        yield Problem(staged.where("base_model"), text)


def modules(staged: Staged) -> Iterator[Problem]:
    """modules.json lists the parts of the model, and those with settings or weights are there."""
    if MODULES not in _names(staged):
        yield Problem(
            MODULES, "It is missing, so sentence-transformers would put another pooling there. Save it again."
        )
        return
    document = staged.documents.get(MODULES)
    if not document or document.problems:
        return
    parts = as_list(document.value)
    paths = [part.get("path") if isinstance(part, dict) else None for part in parts]
    if not parts or not all(isinstance(path, str) for path in paths):
        yield Problem(MODULES, "It is not a list of modules, each with a `type` and a `path`. Save the model again.")
        return
    for part in parts:
        kind, path = str(part.get("type")).rpartition(".")[2], part["path"]
        if path and kind not in _WITHOUT_FILES and not any(name.startswith(f"{path}/") for name in staged.files):
            text = f"It names the module {quoted(path)}, of which nothing is in the folder. Add its files."
            yield Problem(MODULES, text)
    first = parts[0]["path"]
    if str(parts[0].get("type")).endswith("Transformer"):
        yield from _transformer(staged, f"{first}/" if first else "")


_WITHOUT_FILES = {"Normalize"}


def _transformer(staged: Staged, folder: str) -> Iterator[Problem]:
    names = _names(staged)
    if f"{folder}{CONFIG}" not in names and any(name.startswith(folder) for name in names):
        yield Problem(f"{folder}{CONFIG}", "It is missing, and without it nothing loads. Save the model again.")
    if not any(name.startswith(folder) and name.endswith(_WEIGHT_SUFFIXES) for name in names):
        yield Problem(f"{folder}model.safetensors", "The weights are missing. Save the model into the folder.")


def setfit(staged: Staged) -> Iterator[Problem]:
    """A SetFit model has its head beside the sentence-transformers model that it stands on."""
    if SETFIT_HEAD not in _names(staged) and not any(name.startswith("classifier") for name in _names(staged)):
        text = "The head is missing, and SetFit would start a random one. Save the model with save_pretrained."
        yield Problem(SETFIT_HEAD, text)
    document = staged.documents.get(SETFIT_CONFIG)
    if document and not document.problems and not isinstance(document.value, dict):
        yield Problem(SETFIT_CONFIG, "It is not an object. Save the model again.")


def diffusers(staged: Staged) -> Iterator[Problem]:
    """Every component that model_index.json names is in the folder, and each model with its weights."""
    if PIPELINE_INDEX not in _names(staged) and not _has_weights(staged, ""):
        yield Problem(
            "diffusion_pytorch_model.safetensors", "The weights are missing. Save the model with save_pretrained."
        )
    for part, value in staged.mapping(PIPELINE_INDEX).items():
        named = isinstance(value, list) and len(value) == 2 and all(is_text(each) for each in value)
        if named and not part.startswith("_") and not any(name.startswith(f"{part}/") for name in staged.files):
            text = f"It names the component {quoted(part)}, of which nothing is in the folder. Add its files."
            yield Problem(PIPELINE_INDEX, text)
        if named and _is_model(staged, part, value[1]) and not _has_weights(staged, f"{part}/"):
            text = f"The weights of the component {quoted(part)} are missing. Save the pipeline anew."
            yield Problem(f"{printable(part)}/{CONFIG}", text)


def _is_model(staged: Staged, part: str, cls: str) -> bool:
    """Return whether a component has weights; schedulers, tokenizers and processors have other settings, and none."""
    return f"{part}/{CONFIG}" in staged.files and not cls.endswith(_WITHOUT_WEIGHTS)


def _has_weights(staged: Staged, folder: str) -> bool:
    return any(name.startswith(folder) and name.endswith(_DIFFUSERS_WEIGHTS) for name in staged.files)


def gguf(staged: Staged) -> Iterator[Problem]:
    """Every GGUF file begins as one."""
    for name, entry in staged.files.items():
        if is_gguf(name) and entry.size and not entry.fetched_by:
            with entry.path.open("rb") as stream:
                if stream.read(len(_GGUF_START)) != _GGUF_START:
                    yield Problem(printable(name), "It is not GGUF, though its name says so. Convert the model again.")


def _names(staged: Staged) -> set[str]:
    return {entry.name for entry in staged.entries}
