"""How long a text a base can read at most by its config.json, where that is at hand: known before anything is spent."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.files import JsonObject, found_json
from hubpress.layout import CONFIG
from hubpress.recipe.blocks import BaseModelSpec
from hubpress.recipe.recipe import Recipe

_KEYS = ("max_position_embeddings", "n_positions")
# Their positions are counted from behind the token to pad with.
_OFFSET = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "roberta-prelayernorm"}


def stated_positions(config: JsonObject) -> int | None:
    """Return how many tokens a model reads by its config.json; None where that does not say it."""
    positions = next((config[key] for key in _KEYS if key in config), None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    if config.get("model_type") in _OFFSET:
        pad = config.get("pad_token_id")
        positions -= (pad if isinstance(pad, int) else 1) + 1
    return positions


def too_long(wanted: int, usable: int) -> HubpressError:
    """Return what is wrong with a ``tokenizer.max_length`` beyond what a model reads."""
    return HubpressError(
        f"{wanted} tokens are more than the base model's {usable} positions.",
        where="tokenizer.max_length",
        hint=f"Give at most {usable}.",
    )


def refuse_beyond_stated(recipe: Recipe) -> None:
    """Raise HubpressError for a ``tokenizer.max_length`` beyond what the config.json of the recipe's base says.

    A base on the Hub is not asked: of one that is not in the cache nothing is said here.
    """
    config = _config_of(recipe.starts_from, recipe.folder)
    if config is None:
        return
    usable, wanted = stated_positions({**config, **recipe.starts_from.config}), recipe.tokenizer.max_length
    if usable is not None and usable < wanted:
        raise too_long(wanted, usable)


def _config_of(spec: BaseModelSpec, folder: Path) -> JsonObject | None:
    """Return the config.json of a base as far as it is on this machine; what is wrong with it is told by others."""
    found = found_json(place) if (place := _place_of(spec, folder)) else None
    return found if isinstance(found, dict) else None


def _place_of(spec: BaseModelSpec, folder: Path) -> Path | None:
    if spec.path:
        return folder / spec.path / CONFIG
    if spec.package:
        package = importlib.util.find_spec(spec.package.module)
        places = package.submodule_search_locations if package else None
        return Path(places[0]) / spec.package.folder / CONFIG if places else None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(str(spec.id), CONFIG, revision=spec.revision)
    return Path(cached) if isinstance(cached, str) else None
