"""The names, types and limits of a recipe's ``training:`` block: TrainingArguments' own, plus two of ours.

Importing transformers' TrainingArguments costs three seconds (it imports torch), and every command reads a recipe.
The names and annotations are therefore read from the source of the installed class; the class itself checks the rest
when the training stage makes it.
"""

from __future__ import annotations

import ast
import difflib
import functools
import importlib.util
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hubpress.errors import HubpressError

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
EXTRAS = {"class_weight", "freeze"}

# name -> (lowest, whether the lowest itself is allowed). Below it, training would divide by zero or never start.
_LOWEST: dict[str, tuple[float, bool]] = {
    "num_train_epochs": (0, False),
    "learning_rate": (0, False),
    "adam_epsilon": (0, False),
    "per_device_train_batch_size": (1, True),
    "per_device_eval_batch_size": (1, True),
    "gradient_accumulation_steps": (1, True),
    "warmup_steps": (0, True),
    "weight_decay": (0, True),
    "label_smoothing_factor": (0, True),
    "max_grad_norm": (0, True),
    "seed": (0, True),
}
_BELOW_ONE = {"label_smoothing_factor"}


@functools.cache
def field_annotations() -> dict[str, str]:
    """Return TrainingArguments' field names with their annotations as written in the installed transformers."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or not spec.submodule_search_locations:
        raise HubpressError("transformers is not installed.", hint="Install hubpress with its dependencies.")
    source = Path(spec.submodule_search_locations[0]) / "training_args.py"
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == "TrainingArguments":
            return {
                item.target.id: ast.unparse(item.annotation)
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            }
    raise HubpressError("the installed transformers has no TrainingArguments.", hint="Install transformers 5.")


def suggestion(word: str, known: list[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest known word, or an empty string."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.55)
    return f" Did you mean {close[0]!r}?" if close else ""


def check_training(block: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Check a recipe's ``training:`` block without its extras.

    Returns the values converted to the types that TrainingArguments declares, and a list of (key, sentence) problems.
    """
    annotations = field_annotations()
    known = sorted((annotations.keys() - OWNED.keys()) | EXTRAS)
    values: dict[str, Any] = {}
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


_OLD_NAMES = {
    "lr": " Did you mean 'learning_rate'?",
    "epochs": " Did you mean 'num_train_epochs'?",
    "batch_size": " Did you mean 'per_device_train_batch_size'?",
    "warmup_ratio": " transformers 5 has no warmup_ratio: give warmup_steps a fraction.",
    "group_by_length": " transformers 5 says train_sampling_strategy: group_by_length.",
    "evaluation_strategy": " Every epoch is evaluated.",
}


def _convert(key: str, given: Any, annotation: str) -> tuple[Any, str | None]:
    plain = {part.strip() for part in annotation.split("|")}
    if not plain <= {"float", "int", "bool", "str", "None", "dict", "list[str]"}:
        return given, None  # an enum or a special type: TrainingArguments itself checks it in the training stage
    types = {"float": float, "int": int, "bool": bool, "str": str, "None": None, "dict": dict, "list[str]": list[str]}
    union: Any = None
    for index, part in enumerate(sorted(plain)):
        union = types[part] if index == 0 else union | types[part]
    try:
        value = TypeAdapter(union).validate_python(given)
    except ValidationError:
        return given, f"must be {annotation.replace(' | ', ' or ')}, not {given!r}."
    if isinstance(given, bool) and "bool" not in plain:
        return given, f"must be {annotation.replace(' | ', ' or ')}, not {given!r}."
    return value, _out_of_bounds(key, value)


def _out_of_bounds(key: str, value: Any) -> str | None:
    if not isinstance(value, int | float):
        return None
    if value != value or value in (float("inf"), float("-inf")):
        return f"must be a finite number, not {value!r}."
    if key in _LOWEST:
        lowest, allowed = _LOWEST[key]
        if value < lowest or (value == lowest and not allowed):
            return f"must be {'at least' if allowed else 'more than'} {lowest:g}, not {value!r}."
    if key in _BELOW_ONE and value >= 1:
        return f"must be below 1, not {value!r}."
    return None
