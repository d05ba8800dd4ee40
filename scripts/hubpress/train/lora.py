"""``training.lora``: the base with matrices of peft beside its linear modules, saved as an adapter and merged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.files import JsonObject, read_json, write_json
from hubpress.inference.adapter import peft_in_silence
from hubpress.layout import ADAPTER_CONFIG, CARD
from hubpress.recipe.lora import ALL_LINEAR, Lora
from hubpress.schemas.training import LoraFacts
from hubpress.text import listed, suggestion

_TASKS = {"token": "TOKEN_CLS"}
_TASK = "SEQ_CLS"
_OWN = ".modules_to_save."  # where peft keeps what it trains of a module as a whole
_MATRICES = ".lora_"


def with_lora(model: Any, lora: Lora, *, task: str, fresh: Sequence[str] = ()) -> Any:
    """Return a loaded model as peft trains it: its head as a whole, of its base the matrices of *lora* alone.

    *fresh* are the names of weights that the base lacks, whose modules are trained as a whole, too: an adapter has to
    bring all that its base does not have. Raises HubpressError for target modules that the base lacks.
    """
    from peft import LoraConfig, get_peft_model

    whole = _trained_whole(model, fresh)
    config = LoraConfig(
        task_type=_TASKS.get(task, _TASK),
        target_modules=list(_targets(model, lora, whole)),
        modules_to_save=list(whole),
        **lora.model_dump(exclude={"target_modules", "lora_alpha"}),
        lora_alpha=int(lora.lora_alpha) if lora.lora_alpha.is_integer() else lora.lora_alpha,
    )
    with peft_in_silence():
        adapted = get_peft_model(model, config)
    config.modules_to_save = list(whole)  # without the names that peft adds for heads of other architectures
    config.base_model_name_or_path = None  # else every checkpoint asks the Hub for the size of its vocabulary
    return adapted


def refuse_other_targets(model: Any, lora: Lora) -> None:
    """Raise HubpressError for target modules that a model's base lacks."""
    _targets(model, lora, _trained_whole(model, ()))


def is_adapted(model: Any) -> bool:
    """Tell whether a model is one that :func:`with_lora` returns."""
    return hasattr(model, "merge_and_unload")


def whole_parameters(model: Any) -> int:
    """Return how many numbers a model has, without what an adapter holds beside it."""
    parts = model.named_parameters()
    return sum(part.numel() for name, part in parts if _MATRICES not in name and _OWN not in name)


def lora_facts(model: Any) -> LoraFacts:
    """Return the settings of a model's adapter as they were used."""
    config = model.peft_config["default"]
    return LoraFacts(
        r=config.r,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=tuple(sorted(config.target_modules)),
        modules_to_save=tuple(sorted(config.modules_to_save)),
        bias=config.bias,
        use_rslora=config.use_rslora,
        use_dora=config.use_dora,
    )


def save_adapter(model: Any, folder: Path) -> None:
    """Save a model's adapter into a folder that it replaces: its weights, and its settings in one order."""
    shutil.rmtree(folder, ignore_errors=True)
    with peft_in_silence():
        model.save_pretrained(folder, save_embedding_layers=False)
    (folder / CARD).unlink(missing_ok=True)
    settings: JsonObject = read_json(folder / ADAPTER_CONFIG)
    for key, value in settings.items():
        if isinstance(value, list):  # of sets, whose order is another in each process
            settings[key] = sorted(value)
    settings["base_model_name_or_path"] = settings["revision"] = None  # the assemble stage names it
    write_json(folder / ADAPTER_CONFIG, settings)


def _trained_whole(model: Any, fresh: Sequence[str]) -> list[str]:
    """Return the modules that are trained as a whole: the head, and what the base's weights lack."""
    heads = [
        name
        for name, part in model.named_children()
        if name != model.base_model_prefix and any(True for _ in part.parameters())
    ]
    inside = sorted({name.rpartition(".")[0] for name in fresh if name.startswith(f"{model.base_model_prefix}.")})
    return [*heads, *inside]


def _targets(model: Any, lora: Lora, whole: Sequence[str]) -> list[str]:
    linear = _linear_modules(model, whole)
    if isinstance(lora.target_modules, tuple):
        _refuse_unknown(linear, lora.target_modules)
        wanted = lora.target_modules
    else:
        wanted = () if lora.target_modules else _usual_targets(model.config.model_type)
    found = [name for name in linear if _ends_with(name, wanted)] or linear
    short = sorted({name.rpartition(".")[2] for name in found})
    beside = [name for name, _ in model.named_modules() if name not in found]
    # The end of a name may be one of the head's as well, which is trained as a whole.
    return found if any(_ends_with(name, short) for name in beside) else short


def _ends_with(name: str, ends: Sequence[str]) -> bool:
    return any(f".{name}".endswith(f".{end}") for end in ends)


def _refuse_unknown(linear: Sequence[str], targets: Sequence[str]) -> None:
    ends = sorted({name.rpartition(".")[2] for name in linear})
    for given in targets:
        if not any(_ends_with(name, (given,)) for name in linear):
            raise HubpressError(
                f"the base model has no linear module {given!r}.{suggestion(given, ends)}",
                where="training.lora.target_modules",
                hint=f"Its linear modules: {listed(ends)}; or say {ALL_LINEAR}.",
            )


def _usual_targets(model_type: str) -> tuple[str, ...]:
    from peft.utils.constants import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as USUAL

    found = USUAL.get(model_type, ())
    return () if isinstance(found, str) else tuple(found)


def _linear_modules(model: Any, whole: Sequence[str]) -> list[str]:
    """Return the names of a base's linear modules, in its order; raise HubpressError where it has none."""
    import torch
    from transformers.pytorch_utils import Conv1D

    found = [
        name
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear | Conv1D) and not any(f"{name}.".startswith(f"{one}.") for one in whole)
    ]
    if not found:
        raise HubpressError(
            "the base model has no linear modules beside its head.",
            where="training.lora",
            hint="Train it without lora.",
        )
    return found
