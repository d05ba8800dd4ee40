"""The tokenizer's files, with the length that the model was trained with."""

from __future__ import annotations

from pathlib import Path

from hubpress.assemble.config import MACHINE_KEYS
from hubpress.errors import HubpressError
from hubpress.files import JsonObject, read_json, write_json
from hubpress.inference.tokenizer import clear_padding_and_truncation
from hubpress.recipe.recipe import Recipe


def write_tokenizer(recipe: Recipe, model_folder: Path, repo: Path) -> list[str]:
    """Save the tokenizer without the padding and truncation that its last use, or its publisher, baked in."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder))
    if not tokenizer.is_fast:
        raise HubpressError(
            "the base model has no fast tokenizer (tokenizer.json), which Spaces and Transformers.js need.",
            where="base_model",
            hint="Choose a base model with one.",
        )
    clear_padding_and_truncation(tokenizer)
    tokenizer.model_max_length = recipe.tokenizer.max_length
    saved = [Path(name).name for name in tokenizer.save_pretrained(str(repo)) if Path(name).is_file()]
    settings: JsonObject = read_json(repo / "tokenizer_config.json")
    for key in (*MACHINE_KEYS, "max_length", "pad_to_multiple_of", "padding_side_override", "stride"):
        settings.pop(key, None)
    write_json(repo / "tokenizer_config.json", settings | {"model_max_length": recipe.tokenizer.max_length})
    return saved
