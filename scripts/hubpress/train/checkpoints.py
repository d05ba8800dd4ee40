"""Checkpoints that belong to these settings, whole ones only, and the model saved whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from hubpress import __version__
from hubpress.files import read_json, write_json
from hubpress.inference.tokenizer import clear_padding_and_truncation
from hubpress.layout import ADAPTER_WEIGHTS, WEIGHTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import BaseModelFacts
from hubpress.train.lora import is_adapted, save_adapter
from hubpress.train.reporters import without_reporting


def weight_settings(recipe: Recipe) -> dict[str, JsonValue]:
    """Return everything in a recipe that decides what is trained and what is noted of it, as JSON."""
    return {
        "is_trained": recipe.trained is not None,
        "base_id": recipe.base_id,
        "base_model": recipe.starts_from.model_dump(mode="json"),
        "made_from": recipe.base_model.model_dump(mode="json") if recipe.trained and recipe.base_model else None,
        "training": without_reporting(recipe.training.model_dump(mode="json")),
        "max_length": recipe.tokenizer.max_length,
        "metrics": list(recipe.metrics),
        "task": recipe.task,
        "decision": recipe.decides_by,  # the best epoch is that of the best decisions
    }


def identity(
    recipe: Recipe, splits: SplitFacts, base: BaseModelFacts, *, processes: int, is_half: bool
) -> dict[str, JsonValue]:
    """Return all that decides the weights: a checkpoint of another identity must not be gone on from."""
    return {
        **weight_settings(recipe),
        "labels": list(splits.labels),
        "fingerprints": {**splits.fingerprints},
        "base": [base.commit, base.sha256],  # a branch moves on, and a folder's weights are replaced
        "processes": processes,
        "bf16": is_half,  # which may follow from the machine
        "version": __version__,
    }


def prepare_folder(folder: Path, key: str) -> None:
    """Throw away checkpoints of other settings; keep those of these."""
    marker = folder / "identity.json"
    if not marker.is_file() or read_json(marker) != key:
        shutil.rmtree(folder, ignore_errors=True)
        write_json(marker, key)


def last_whole_checkpoint(checkpoints: Path, trainer: Any) -> str | None:
    """Return the newest checkpoint that was written to its end; half-written ones, left by a kill, are removed."""
    from safetensors import SafetensorError, safe_open
    from transformers.trainer_utils import get_last_checkpoint

    while checkpoints.is_dir() and (last := get_last_checkpoint(str(checkpoints))):
        folder = Path(last)
        try:
            read_json(folder / "trainer_state.json")  # Trainer writes it last
            with safe_open(folder / _weights_name(trainer), framework="pt") as weights:
                weights.keys()
            for name in getattr(trainer, "beside_checkpoints", ()):
                (folder / name).stat()
        except (OSError, ValueError, SafetensorError):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        return str(last)
    return None


def _weights_name(trainer: Any) -> str:
    return ADAPTER_WEIGHTS if is_adapted(trainer.model) else WEIGHTS


def save_model(trainer: Any, tokenizer: Any, target: Path, *, adapter: Path | None = None) -> None:
    """Save beside the target and rename, so that the target is whole or absent.

    The adapter of a model that has one is saved in the folder *adapter*, and merged into what is saved in the target.
    """
    temporary = target.with_name(f".{target.name}")
    for folder in (temporary, target):
        shutil.rmtree(folder, ignore_errors=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    if is_adapted(model):
        if adapter:
            save_adapter(model, adapter)
        model = model.merge_and_unload(safe_merge=True)
    model.save_pretrained(temporary)
    clear_padding_and_truncation(tokenizer)  # a resumed run has not used it, and must leave the same files
    tokenizer.save_pretrained(temporary)
    temporary.rename(target)
