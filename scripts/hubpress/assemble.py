"""Trained weights -> ``repo/``: what ships beside the card, clean enough for a stranger to load."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hubpress.base import unbake
from hubpress.errors import HubpressError
from hubpress.files import PARTIAL, WEIGHTS, read_json, write_json
from hubpress.recipe import Recipe

# transformers 5 writes these two about the machine that saved, and nothing reads them from a Hub repository.
_MACHINE_KEYS = ("is_local", "local_files_only", "_name_or_path", "name_or_path")


def assemble(recipe: Recipe, model_folder: Path, labels: Sequence[str], repo: Path) -> list[str]:
    """Write weights, config and tokenizer into *repo*; return the names of the files.

    The config carries the labels, the problem type and the decision; the tokenizer pads and truncates only when
    asked, and states the length that the model was trained and measured with. Files are readable by all.
    """
    repo.mkdir(parents=True, exist_ok=True)
    written = [_weights(model_folder, repo), _config(recipe, model_folder, labels, repo)]
    written += _tokenizer(recipe, model_folder, repo)
    for name in written:
        (repo / name).chmod(0o644)
    return written


def _weights(model_folder: Path, repo: Path) -> str:
    temporary = repo / f".{WEIGHTS}{PARTIAL}"
    shutil.copyfile(model_folder / WEIGHTS, temporary)
    temporary.replace(repo / WEIGHTS)
    return WEIGHTS


def _config(recipe: Recipe, model_folder: Path, labels: Sequence[str], repo: Path) -> str:
    config = read_json(model_folder / "config.json")
    for key in _MACHINE_KEYS:
        config.pop(key, None)
    config |= {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
        "problem_type": recipe.kind.problem_type,
        "input_template": recipe.data.input_template,
        "decision": recipe.decision.model_dump(mode="json"),
    }
    # Not sorted: as text, "10" comes before "2", and many a program reads the label names in the file's order.
    write_json(repo / "config.json", config, sort_keys=False)
    return "config.json"


def _tokenizer(recipe: Recipe, model_folder: Path, repo: Path) -> list[str]:
    """Save the tokenizer without the padding and truncation that its last use, or its publisher, baked in."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder))
    if not tokenizer.is_fast:
        raise HubpressError(
            "the base model has no fast tokenizer (tokenizer.json), which Spaces and Transformers.js need.",
            where="base_model",
            hint="Choose a base model with one.",
        )
    unbake(tokenizer)
    tokenizer.model_max_length = recipe.tokenizer.max_length
    saved = [Path(name).name for name in tokenizer.save_pretrained(str(repo)) if Path(name).is_file()]
    settings: dict[str, Any] = read_json(repo / "tokenizer_config.json")
    for key in (*_MACHINE_KEYS, "max_length", "pad_to_multiple_of", "padding_side_override", "stride"):
        settings.pop(key, None)
    write_json(repo / "tokenizer_config.json", settings | {"model_max_length": recipe.tokenizer.max_length})
    return saved
