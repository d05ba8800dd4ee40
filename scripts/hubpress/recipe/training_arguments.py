"""The names, types and limits of a recipe's ``training:`` block: TrainingArguments' own, plus what it lacks.

Importing transformers' TrainingArguments costs three seconds (it imports torch), and every command reads a recipe.
The names and annotations are therefore read from the source of the installed class; the class itself checks the rest
when the training stage makes it.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import math
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hubpress.errors import HubpressError
from hubpress.text import suggestion
from hubpress.yaml12 import YamlMapping

# What the training stage decides itself, and why it is not a recipe's to set.
OWNED = {
    "output_dir": "hubpress keeps checkpoints in its build folder",
    "do_train": "the command says which stage runs",
    "do_eval": "the command says which stage runs",
    "do_predict": "the command says which stage runs",
    "eval_strategy": "every epoch is evaluated, so that the best one can be kept",
    "eval_steps": "every epoch is evaluated, so that the best one can be kept",
    "save_strategy": "every epoch is saved, so that a killed run goes on",
    "save_steps": "every epoch is saved, so that a killed run goes on",
    "save_only_model": "a killed run needs the optimizer's state to go on",
    "logging_strategy": "the card's table has one row an epoch",
    "logging_steps": "the card's table has one row an epoch",
    "load_best_model_at_end": "the best epoch by validation is always the one released",
    "metric_for_best_model": "set evaluation.main_metric instead",
    "greater_is_better": "it follows from evaluation.main_metric",
    "resume_from_checkpoint": "the same command goes on from the last checkpoint by itself",
    "push_to_hub": "use `hubpress push`",
    "hub_token": "tokens come from HF_TOKEN, never from a file",
    "hub_model_id": "use `hubpress push --owner`",
    "hub_strategy": "use `hubpress push`",
    "hub_private_repo": "use `hubpress push --private`",
    "hub_always_push": "use `hubpress push`",
    "hub_revision": "use `hubpress push`",
    "remove_unused_columns": "the task decides which columns the model sees",
    "label_names": "the task decides which column is the label",
    "prediction_loss_only": "the metrics of every epoch need the predictions",
    "local_rank": "torchrun and accelerate launch set it",
}

# What TrainingArguments lacks.
EXTRAS = {
    *("method", "contrastive", "pooling", "class_weight", "freeze", "head_learning_rate", "ema_decay", "tag_scheme"),
    *("oversample", "inputs", "early_stopping_patience", "lora", "carbon"),
}

_OLD_NAMES = {
    "lr": " Did you mean 'learning_rate'?",
    "epochs": " Did you mean 'num_train_epochs'?",
    "batch_size": " Did you mean 'per_device_train_batch_size'?",
    "warmup_ratio": " transformers 5 has no warmup_ratio: give warmup_steps a fraction.",
    "group_by_length": " transformers 5 says train_sampling_strategy: group_by_length.",
    "evaluation_strategy": " Every epoch is evaluated.",
}

# name -> (lowest, whether the lowest itself is allowed, what it must stay below). Outside, training would divide by
# zero, never start, or be refused by torch after minutes.
_BOUNDS: dict[str, tuple[float, bool, float]] = {
    "num_train_epochs": (0, False, math.inf),
    "learning_rate": (0, False, math.inf),
    "adam_epsilon": (0, False, math.inf),
    "adam_beta1": (0, True, 1),
    "adam_beta2": (0, True, 1),
    "per_device_train_batch_size": (1, True, math.inf),
    "per_device_eval_batch_size": (1, True, math.inf),
    "gradient_accumulation_steps": (1, True, math.inf),
    "eval_accumulation_steps": (1, True, math.inf),
    "dataloader_num_workers": (0, True, math.inf),
    "save_total_limit": (1, True, math.inf),
    "warmup_steps": (0, True, math.inf),
    "weight_decay": (0, True, math.inf),
    "label_smoothing_factor": (0, True, 1),
    "max_grad_norm": (0, True, math.inf),
    "seed": (0, True, 2**32),
    "data_seed": (0, True, 2**32),
}

_TYPES: Mapping[str, Any] = {
    "float": float, "int": int, "bool": bool, "str": str, "None": None, "dict": dict, "list[str]": list[str]
}  # fmt: skip


@functools.cache
def field_annotations() -> dict[str, str]:
    """Return TrainingArguments' field names with their annotations as written in the installed transformers."""
    body = _class_body("TrainingArguments", "training_args.py")
    if body is None:
        raise HubpressError("the installed transformers has no TrainingArguments.", hint="Install transformers 5.")
    return {
        item.target.id: ast.unparse(item.annotation)
        for item in body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


@functools.cache
def _choices(enum: str) -> tuple[str, ...]:
    """Return the values of one of transformers' enums; nothing when it is not where it used to be."""
    body = _class_body(enum, "trainer_utils.py") or _class_body(enum, "training_args.py") or []
    values = [
        item.value.value for item in body if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
    ]
    return tuple(value for value in values if isinstance(value, str))


def _class_body(name: str, file: str) -> list[ast.stmt] | None:
    classes = [node for node in _parsed(file).body if isinstance(node, ast.ClassDef) and node.name == name]
    return classes[0].body if classes else None


@functools.cache
def _parsed(file: str) -> ast.Module:
    spec = importlib.util.find_spec("transformers")
    if spec is None or not spec.submodule_search_locations:
        raise HubpressError("transformers is not installed.", hint="Install hubpress with its dependencies.")
    return ast.parse((Path(spec.submodule_search_locations[0]) / file).read_text(encoding="utf-8"))


def check_training(block: YamlMapping) -> tuple[YamlMapping, list[tuple[str, str]]]:
    """Check a recipe's ``training:`` block without its extras.

    Returns the values converted to the types that TrainingArguments declares, and a list of (key, sentence) problems.
    """
    annotations = field_annotations()
    known = sorted((annotations.keys() - OWNED.keys()) | EXTRAS)
    values: YamlMapping = {}
    problems: list[tuple[str, str]] = []
    for key, given in block.items():
        if key in OWNED:
            problems.append((key, f"is not a recipe's to set: {OWNED[key]}."))
        elif key not in annotations:
            hint = _OLD_NAMES.get(key) or suggestion(key, known) or " See transformers.TrainingArguments."
            problems.append((key, f"unknown key; `training:` takes TrainingArguments' names.{hint}"))
        else:
            value, sentence = _convert(key, given, annotations[key])
            values[key] = value
            if sentence:
                problems.append((key, sentence))
    return values, problems


def _convert(key: str, given: Any, annotation: str) -> tuple[Any, str | None]:
    """Return the value in its declared type, and a sentence when it is wrong.

    Special types (``debug``, ``fsdp_config``) are left to TrainingArguments itself, in the training stage.
    """
    parts = {part.strip() for part in annotation.split("|")}
    choices = [value for part in sorted(parts - _TYPES.keys()) for value in _choices(part)]
    if choices:
        if given in choices:
            return given, None
        return given, f"must be one of {', '.join(choices)}, not {given!r}.{suggestion(str(given), choices)}"
    if not parts <= _TYPES.keys():
        return given, None
    union = functools.reduce(operator.or_, (_TYPES[part] for part in sorted(parts)))
    try:
        value = TypeAdapter(union).validate_python(given)
    except ValidationError:
        return given, _wrong_type(annotation, given)
    if isinstance(given, bool) and "bool" not in parts:  # pydantic takes true for 1
        return given, _wrong_type(annotation, given)
    return value, _out_of_bounds(key, value)


def _wrong_type(annotation: str, given: Any) -> str:
    return f"must be {annotation.replace(' | ', ' or ')}, not {given!r}."


def _out_of_bounds(key: str, value: Any) -> str | None:
    if not isinstance(value, int | float):
        return None
    if not math.isfinite(value):
        return f"must be a finite number, not {value!r}."
    lowest, allowed, below = _BOUNDS.get(key, (-math.inf, True, math.inf))
    if value < lowest or (value == lowest and not allowed):
        return f"must be {'at least' if allowed else 'more than'} {lowest:g}, not {value!r}."
    return f"must be below {below:g}, not {value!r}." if value >= below else None
