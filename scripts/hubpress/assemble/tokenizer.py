"""The tokenizer's files, with the length that the model was trained with."""

from __future__ import annotations

from pathlib import Path

from hubpress.assemble.config import MACHINE_KEYS
from hubpress.bases.tokenizer import refuse_slow
from hubpress.files import JsonObject, read_json, write_json
from hubpress.inference.tokenizer import clear_padding_and_truncation
from hubpress.inference.transformers_4 import tokenizer_config_for_both
from hubpress.layout import TOKENIZER_CONFIG
from hubpress.recipe.recipe import Recipe

_LEFT_OVER = ("max_length", "pad_to_multiple_of", "padding_side_override", "stride")


def write_tokenizer(recipe: Recipe, model_folder: Path, repo: Path) -> list[str]:
    """Save the tokenizer without the padding and truncation that its last use, or its publisher, baked in.

    Its inputs, which a class of the other transformers may take to be others, are named. Return the files' names.
    Raises HubpressError for a tokenizer in Python where the recipe wants ONNX files.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model_folder))
    refuse_slow(recipe, tokenizer, where="base_model")
    clear_padding_and_truncation(tokenizer)
    tokenizer.model_max_length = recipe.tokenizer.max_length
    saved = [Path(name).name for name in tokenizer.save_pretrained(str(repo)) if Path(name).is_file()]
    settings: JsonObject = read_json(repo / TOKENIZER_CONFIG)
    for key in (*MACHINE_KEYS, *_LEFT_OVER):
        settings.pop(key, None)
    own = {"model_max_length": recipe.tokenizer.max_length, "model_input_names": list(tokenizer.model_input_names)}
    write_json(repo / TOKENIZER_CONFIG, tokenizer_config_for_both(settings) | own)
    return saved
