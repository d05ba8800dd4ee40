"""A base of few layers: it has the same parts, tokens and positions as the whole, and answers for it in seconds."""

from __future__ import annotations

from typing import Any

import torch

from hubpress.bases.find import find_base, load_config
from hubpress.errors import HubpressError
from hubpress.files import JsonObject
from hubpress.recipe.recipe import Recipe
from hubpress.tasks.protocol import Trainable
from hubpress.train.base_model import freeze
from hubpress.train.lora import refuse_other_targets

_LAYERS = ("num_hidden_layers", "num_decoder_layers", "encoder_layers", "decoder_layers")
_FEWEST = 2  # one may be of a kind that the others are not
_PROTOBUF = 2**31  # bytes: an ONNX file that holds its weights is one message


def miniature(recipe: Recipe, task: Trainable, labels: int) -> Recipe:
    """Return the recipe with a base cut to the layers that show every kind of them.

    What only the whole can tell is asked of it here, without its weights. Raises HubpressError for a base that cannot
    be loaded, for parts to freeze that it lacks, and for one that is too large for an ONNX file.
    """
    base = find_base(recipe.starts_from, recipe_folder=recipe.folder)
    config = load_config(base)
    for name, value in {**recipe.starts_from.config, "num_labels": labels}.items():
        setattr(config, name, value)
    whole, lora = _outline(task, config), recipe.training.lora
    if whole is not None:
        freeze(whole, recipe.training.freeze)
        if lora:
            refuse_other_targets(whole, lora)
        size = 4 * sum(parameter.numel() for parameter in whole.parameters())
        if recipe.onnx.export and size >= _PROTOBUF:
            raise HubpressError(
                f"its {size / 1e9:.1f} GB are more than the 2.1 GB that one ONNX file can hold.",
                where=base.place,
                hint="Choose a smaller base model, or release it without ONNX files (onnx.export: false) and Space.",
            )
    cut = {**recipe.starts_from.config, **_cut(config)}
    spec = recipe.starts_from.model_copy(update={"config": cut})
    if lora and isinstance(lora.target_modules, tuple):  # which may be of layers that are cut off
        lora = lora.model_copy(update={"target_modules": None})
    training = recipe.training.model_copy(update={"freeze": (), "lora": lora})
    return recipe.model_copy(update={"base_model": spec, "training": training, "release": "merged"})


def _outline(task: Trainable, config: Any) -> Any | None:
    """Return the whole model without memory for its weights; None where its class needs them to be made."""
    try:
        with torch.device("meta"):
            return task.model_class().from_config(config, trust_remote_code=False)
    except (ValueError, TypeError, RuntimeError, NotImplementedError, AttributeError, KeyError):
        return None  # from_pretrained says it better


def _cut(config: Any) -> JsonObject:
    """Return what to change in a configuration so that the model has few layers; nothing where that is not known."""
    kinds = getattr(config, "layer_types", None)
    fewest = max(_FEWEST, *(kinds.index(kind) + 1 for kind in set(kinds))) if kinds else _FEWEST
    counts = {name: getattr(config, name, None) for name in _LAYERS}
    cut: JsonObject = {name: fewest for name, count in counts.items() if isinstance(count, int) and count > fewest}
    return {**cut, "layer_types": list(kinds[:fewest])} if kinds and cut else cut
