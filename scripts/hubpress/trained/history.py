"""What the files beside a trained model say of its training, each with its source; no code of theirs is run."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.files import JsonObject
from hubpress.layout import ADAPTER_CONFIG, CONFIG
from hubpress.schemas.training import KnownFact
from hubpress.text import shorten
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.checkpoint import ARGUMENTS, README, STATE, Checkpoint
from hubpress.trained.settle import base_of, front_matter

_LARGEST = 1_000_000  # bytes of settings, of which there are some thousands
_SETTINGS = (
    *("learning_rate", "num_train_epochs", "max_steps", "per_device_train_batch_size", "gradient_accumulation_steps"),
    *("optim", "weight_decay", "lr_scheduler_type", "warmup_steps", "warmup_ratio", "label_smoothing_factor"),
    *("max_grad_norm", "seed", "bf16", "fp16", "metric_for_best_model", "load_best_model_at_end"),
)
_ADAPTER = (
    *("peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "target_modules", "modules_to_save", "bias"),
    *("use_rslora", "use_dora", "peft_version"),
)
_PROGRESS = {
    "epochs": "epoch",
    "steps": "global_step",
    "best metric on validation": "best_metric",
    "step of the best metric": "best_global_step",
}
_VALIDATIONS = 10  # the last ones
_UNKNOWN = {
    ("base model",): "which base it was made from",
    ("learning_rate",): "with which hyperparameters it was trained",
    ("epochs", "num_train_epochs", "max_steps"): "for how many epochs or steps",
    ("data sets",): "on which records",
}
_ALWAYS = "whether records of the test split here were among those that it was trained on"


def history_of(found: Checkpoint, *, base: str | None) -> tuple[tuple[KnownFact, ...], tuple[str, ...]]:
    """Return what is known of a training with its source, and what no file says; *base* is the recipe's base model.

    A file that cannot be read is no fault of the model: it is named among what is unknown.
    """
    known, unknown = [], []
    if isinstance(found, AdapterCheckpoint):
        known.append(_base_of_adapter(found))
    elif base:
        source = f"{README} of the model" if base == base_of(found) else "recipe"
        known.append(KnownFact(name="base model", value=base, source=source))
    for name, read in (
        (ADAPTER_CONFIG, _of_adapter),
        (STATE, _of_state),
        (ARGUMENTS, _of_arguments),
        (README, _of_readme),
        (CONFIG, _of_config),
    ):
        if name not in found.names:
            continue
        try:
            source = found.source(name)
            known += [KnownFact(name=key, value=shorten(value, 200), source=source) for key, value in read(found)]
        except (HubpressError, OSError, ValueError, TypeError, KeyError, AttributeError):
            unknown.append(f"what {name} says, which cannot be read")
    names = {fact.name for fact in known}
    unknown += [words for keys, words in _UNKNOWN.items() if names.isdisjoint(keys)]
    return tuple(known), (*unknown, _ALWAYS)


def _base_of_adapter(found: AdapterCheckpoint) -> KnownFact:
    below, said = found.below, (found.settings or {}).get("base_model_name_or_path")
    value = f"{below.id} at {below.commit}" if below.id else "in a folder"
    is_said = said in (below.id, str(below.folder)) or (below.folder and str(said).endswith(f"/{below.folder.name}"))
    return KnownFact(name="base model", value=value, source=ADAPTER_CONFIG if is_said else "recipe")


def _of_adapter(found: Checkpoint) -> Iterator[tuple[str, str]]:
    settings = found.json(ADAPTER_CONFIG)
    for name in _ADAPTER:
        value = settings.get(name)
        if isinstance(value, list):
            yield name, ", ".join(sorted(map(str, value)))
        elif value not in (None, False):
            yield name, _plain(value)


def _of_state(found: Checkpoint) -> Iterator[tuple[str, str]]:
    state = found.json(STATE)
    for name, key in _PROGRESS.items():
        if _is_number(state.get(key)):
            yield name, _plain(state[key])
    validations = [row for row in state.get("log_history") or () if isinstance(row, dict) and "eval_loss" in row]
    for row in validations[-_VALIDATIONS:]:
        told = {key.removeprefix("eval_"): value for key, value in row.items() if key.startswith("eval_")}
        figures = [
            f"{key} {_plain(value)}"
            for key, value in told.items()
            if _is_number(value) and not key.endswith(("runtime", "per_second"))
        ]
        yield f"validation at step {row.get('step')}", ", ".join(figures)


def _of_arguments(found: Checkpoint) -> Iterator[tuple[str, str]]:
    settings = read_arguments(found.file(ARGUMENTS))
    for name in _SETTINGS:
        is_said = isinstance(value := settings.get(name), str | int | float)
        if is_said and not (name == "max_steps" and value == -1):  # which stands for none
            yield name, _plain(value)


def _of_readme(found: Checkpoint) -> Iterator[tuple[str, str]]:
    fields = front_matter(found)
    sets = fields.get("datasets")
    if named := [str(one) for one in (sets if isinstance(sets, list) else [sets]) if one]:
        yield "data sets", ", ".join(named)
    for model in fields.get("model-index") or ():
        for result in model.get("results") or ():
            records = (result.get("dataset") or {}).get("name", "records that it does not name")
            for metric in result.get("metrics") or ():
                if _is_number(metric.get("value")):
                    name = metric.get("name") or metric.get("type")
                    yield f"{name} on {records}, as its authors say", _plain(metric["value"])


def _of_config(found: Checkpoint) -> Iterator[tuple[str, str]]:
    config: JsonObject = found.json(CONFIG)
    is_of_base = isinstance(found, AdapterCheckpoint) and CONFIG not in found.own
    if version := config.get("transformers_version"):
        yield "base saved by transformers" if is_of_base else "saved by transformers", str(version)
    problem = config.get("problem_type")
    if problem:
        yield "problem_type", str(problem)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class _Inert:
    """What stands for every class and function that a pickle names: it keeps its arguments, and does nothing."""

    arguments: tuple[object, ...] = ()  # of an object that a pickle makes without calling its class

    def __init__(self, *arguments: object) -> None:
        self.arguments = arguments

    def __setstate__(self, state: object) -> None:
        self.state = state


class _PlainValues(pickle.Unpickler):
    """An unpickler that imports nothing and calls nothing: of objects it keeps the values alone."""

    def find_class(self, module: str, name: str, /) -> Any:
        return _Inert

    def persistent_load(self, pid: Any, /) -> Any:
        return None


def read_arguments(path: Path) -> JsonObject:
    """Return the plain values of a ``training_args.bin``, without importing or running what it names.

    Raises ValueError for a file that is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next(info for info in archive.infolist() if info.filename.endswith("data.pkl"))
            if entry.file_size > _LARGEST:
                raise ValueError("holds more than settings")
            loaded = _PlainValues(io.BytesIO(archive.read(entry))).load()
    except (zipfile.BadZipFile, StopIteration, pickle.UnpicklingError, EOFError, AttributeError, IndexError,
            TypeError, RecursionError, MemoryError, KeyError, NotImplementedError) as error:  # fmt: skip
        raise ValueError("is no training_args.bin") from error
    state = getattr(loaded, "state", None)
    if not isinstance(state, dict):
        raise ValueError("holds no settings")
    return {name: _unwrapped(value) for name, value in state.items() if isinstance(name, str)}


def _unwrapped(value: object) -> object:
    """Return the value of a member of an enumeration, which is pickled as its class called with it."""
    if isinstance(value, _Inert) and len(value.arguments) == 1:
        return value.arguments[0]
    return value
