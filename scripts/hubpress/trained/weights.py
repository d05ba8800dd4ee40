"""The weights of a trained model: which files they are in, read without running what a pickle may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.files import fetched_by
from hubpress.hub.formats import Format, formats_of
from hubpress.hub.messages import one_line
from hubpress.layout import ADAPTER_WEIGHTS, WEIGHTS
from hubpress.text import listed
from hubpress.trained.checkpoint import ARGUMENTS, Checkpoint

_PICKLED = "pytorch_model.bin"
_BESIDE = (ARGUMENTS, "optimizer*", "scheduler*", "scaler*", "rng_state*", "random_states*", "sbert_*")
_STATES = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt")
_INNER = ("model_state_dict", "state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")
_ELSEWHERE = ("tf_model.h5", "flax_model.msgpack", "rust_model.ot", "model.ckpt.index")
_SHOWN = 3
_SAFE = ".safetensors"
_CUT = "not fully covered"
_DAMAGED = "is no file of safetensors, or a damaged one: its header cannot be read"
ADAPTER_PICKLE = "adapter_model.bin"
# Those of which a model has weights; of all others the size alone counts here.
_TYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
          "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool"}  # fmt: skip


def weight_files(found: Checkpoint) -> tuple[str, ...]:
    """Return the files with a model's weights: those of transformers, or the one state_dict beside its config.

    Raises HubpressError where there is none, where parts are lacking, and where it cannot be told which is meant.
    """
    for single in (WEIGHTS, _PICKLED):
        if single in found.names:
            return (single,)
        if (index := f"{single}.index.json") in found.names:
            return _parts(found, index)
    others = [name for name in found.matching(*_STATES) if name not in found.matching(*_BESIDE)]
    if len(others) == 1:
        return (others[0],)
    if others:
        raise found.error(
            f"has several files that may be its weights: {listed(others)}.",
            f"Leave the one that is meant, or call it {_PICKLED}.",
        )
    theirs = next((name for name in _ELSEWHERE if name in found.names), None)
    what = f"has weights of another library alone ({theirs})." if theirs else "has no weights."
    raise found.error(what, "Save the model with save_pretrained() of transformers with PyTorch.")


def read_weights(found: Checkpoint, names: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Return the tensors of a model by their names, and a sentence for what was done to these.

    Nothing that a pickle says is run. Raises HubpressError for a file that cannot be read, or that holds other things
    than tensors.
    """
    state: dict[str, Any] = {}
    for name in names:
        path = found.file(name)
        state |= _safe(found, path) if name.endswith(_SAFE) else _pickled(found, path)
    return _without_prefixes(state)


def read_sizes(found: Checkpoint, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the tensors of a model by their names, on the device "meta": their sizes, read from the files' headers.

    Of a model on the Hub nothing else is fetched; None where its files have no headers that say it. Raises
    HubpressError for files that are not whole.
    """
    if found.folder is None and not all(name.endswith(_SAFE) for name in names):
        return None
    state: dict[str, Any] = {}
    for name in names:
        if found.folder is None:
            state |= _fetched_sizes(found, name)
        else:
            path = found.folder / name
            state |= _safe_sizes(found, path) if name.endswith(_SAFE) else _pickled(found, path, device="meta")
    _refuse_other_places(found, set(state))
    return _without_prefixes(state)[0]


def _without_prefixes(state: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    notes = []
    for prefix in _PREFIXES:
        if all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
            notes.append(f"The names of its weights began with {prefix!r}, which was taken off.")
    return state, notes


def files_of_weights(found: Checkpoint) -> tuple[str, ...]:
    """Return the files with a model's weights, or with those of an adapter. Raises HubpressError as both do."""
    return (adapter_weights(found),) if Format.ADAPTER in formats_of(found.names) else weight_files(found)


def adapter_weights(found: Checkpoint) -> str:
    """Return the file with an adapter's weights. Raises HubpressError where there is none."""
    for name in (ADAPTER_WEIGHTS, ADAPTER_PICKLE):
        if name in found.names:
            return name
    raise found.error(
        f"is an adapter without its weights ({ADAPTER_WEIGHTS}).", "Copy the whole folder, or save the adapter again."
    )


def _refuse_other_places(found: Checkpoint, names: set[str]) -> None:
    """Raise HubpressError where an index of parts names tensors that the parts do not hold."""
    index = next((name for name in found.names if name in (f"{WEIGHTS}.index.json", f"{_PICKLED}.index.json")), None)
    if index is None or WEIGHTS in found.names:
        return
    if lacking := sorted(set(found.json(index).get("weight_map") or ()) - names):
        raise found.error(
            f"its files of weights lack {_named(lacking)}, which its {index} names.",
            "Copy the whole folder, or save the model again.",
        )


def _parts(found: Checkpoint, index: str) -> tuple[str, ...]:
    places = found.json(index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise found.error(f"its {index} names no files of weights (`weight_map`).", "Save the model again.")
    parts = sorted({str(part) for part in places.values()})
    if lacking := [part for part in parts if part not in found.names]:
        raise found.error(
            f"lacks {lacking[0]!r}, one of {len(parts)} files of weights that its {index} names.",
            "Copy the whole folder, or save the model again.",
        )
    return tuple(parts)


def _safe(found: Checkpoint, path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise _unreadable(found, path, error) from error


def _safe_sizes(found: Checkpoint, path: Path) -> dict[str, Any]:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118 - it is no mapping
            types = {name: _TYPES.get(one.get_dtype(), "float32") for name, one in slices.items()}
            return {
                name: torch.empty(one.get_shape(), dtype=getattr(torch, types[name]), device="meta")
                for name, one in slices.items()
            }
    except (SafetensorError, OSError) as error:
        raise _unreadable(found, path, error) from error


def _fetched_sizes(found: Checkpoint, name: str) -> dict[str, Any]:
    import torch
    from huggingface_hub import HfApi, constants, get_token
    from huggingface_hub.errors import SafetensorsParsingError

    try:
        with one_line(constants.ENDPOINT, get_token(), str(found.id)):
            header = HfApi().parse_safetensors_file_metadata(str(found.id), name, revision=found.commit)
    except SafetensorsParsingError as error:
        raise found.error(f"its {name} is no whole file of safetensors.", "Publish it again.") from error
    return {
        key: torch.empty(one.shape, dtype=getattr(torch, _TYPES.get(one.dtype, "float32")), device="meta")
        for key, one in header.tensors.items()
    }


def _pickled(found: Checkpoint, path: Path, device: str = "cpu") -> dict[str, Any]:
    import pickle

    import torch

    try:
        loaded = torch.load(path, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise found.error(
            f"its {path.name} holds more than tensors, which would run code when it is loaded.",
            "Save its weights alone: torch.save(model.state_dict(), …), or model.save_pretrained(…).",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise _unreadable(found, path, error) from error
    if isinstance(loaded, dict) and (inner := [key for key in _INNER if isinstance(loaded.get(key), dict)]):
        loaded = loaded[inner[0]]
    if not isinstance(loaded, dict) or not loaded or not all(isinstance(one, torch.Tensor) for one in loaded.values()):
        raise found.error(
            f"its {path.name} holds no state_dict: names with tensors.", "Save model.state_dict(), and name that file."
        )
    return loaded


def _unreadable(found: Checkpoint, path: Path, error: Exception) -> HubpressError:
    if isinstance(error, OSError) and error.strerror:
        return found.error(f"its {path.name} cannot be read: {error.strerror}.", "Check its permissions.")
    with path.open("rb") as stream:
        start = stream.read(200)
    if fetch := fetched_by(start):
        return found.error(f"its {path.name} is a pointer of Git, not the weights.", f"Fetch them: {fetch}.")
    again = "Copy or save it again."
    if not start:
        return found.error(f"its {path.name} is empty.", again)
    if path.name.endswith(_SAFE):
        size = path.stat().st_size
        said = "is cut off or damaged: it is not as long as its header says" if _CUT in str(error) else _DAMAGED
        return found.error(f"its {path.name} {said} ({size:,} bytes).", again)
    return found.error(f"its {path.name} is no whole file of torch.save(): it is cut off, or another file.", again)


def refuse_other_weights(found: Checkpoint, loading: dict[str, Any], what: str) -> None:
    """Raise HubpressError for weights that are not the model's: too few, too many, or of other sizes.

    *loading* is what ``from_pretrained`` tells of it, *what* the class. Nothing is ever begun at random.
    """
    if wrong := sorted((name, tuple(has), tuple(wants)) for name, has, wants in loading["mismatched_keys"]):
        name, has, wants = wrong[0]
        raise found.error(
            f"its weights do not fit its config.json: {name} is {has} in them, and {wants} by it.",
            "Save model and config together, as they were when the model was trained.",
        )
    if missing := sorted(loading["missing_keys"]):
        raise found.error(
            f"its weights lack {_named(missing)} of a {what}, which would begin at random.",
            "Save the whole model, head and all; or name it as base_model, without trained, to train it.",
        )
    if unexpected := sorted(loading["unexpected_keys"]):
        raise found.error(
            f"its weights hold {_named(unexpected)}, which a {what} does not have.",
            "Check `architectures` and `model_type` in its config.json, or save the model without them.",
        )


def refuse_not_numbers(found: Checkpoint, state: dict[str, Any]) -> None:
    """Raise HubpressError for weights that are infinite or no numbers."""
    import torch

    for name, tensor in state.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise found.error(f"its weights are infinite or no numbers in {name}.", "Take an earlier checkpoint.")


def _named(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return f"{', '.join(names)}" if rest <= 0 else f"{', '.join(names[:_SHOWN])} and {rest} more"
