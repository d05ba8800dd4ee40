"""The encoder that a model starts from: on the Hub, in a folder, or inside an installed package."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError, first_line
from hubpress.files import sha256_file
from hubpress.inference.tokenizer import with_tight_offsets
from hubpress.recipe.blocks import BaseModelSpec, PackagedModel
from hubpress.recipe.recipe import Recipe

LOAD_ERRORS = (OSError, ValueError, TypeError, KeyError, RuntimeError)
"""What ``from_pretrained`` raises for a model that is missing, broken or of another kind."""


@dataclass(frozen=True)
class Base:
    """What ``from_pretrained`` needs: a folder or a Hub id, and the revision of the latter."""

    name_or_path: str
    revision: str | None

    @property
    def is_local(self) -> bool:
        """Return whether the base is a folder on this machine."""
        return Path(self.name_or_path).is_dir()


def find_base(spec: BaseModelSpec, *, recipe_folder: Path) -> Base:
    """Return where the base model is. Raises HubpressError when a folder or package is missing or altered."""
    if spec.package:
        return Base(str(_packaged(spec.package)), None)
    if spec.path:
        folder = recipe_folder / spec.path
        if not (folder / "config.json").is_file():
            raise HubpressError(
                "holds no model (there is no config.json).",
                where=f"base_model.path {str(spec.path)!r}",
                hint="Name the folder of a saved transformers model.",
            )
        return Base(str(folder), None)
    assert spec.id is not None  # the recipe has checked that one of the three is given
    return Base(spec.id, spec.revision)


def _packaged(package: PackagedModel) -> Path:
    install = f"Install it: pip install 'hubpress[{package.extra}]'."
    spec = importlib.util.find_spec(package.module)
    if spec is None or not spec.submodule_search_locations:
        raise HubpressError(
            f"the package {package.module!r}, which holds the base model, is not installed.", hint=install
        )
    folder = Path(spec.submodule_search_locations[0]) / package.folder
    weights = folder / "model.safetensors"
    # The packager of these weights is unknown: only the very bytes that the recipe names are used.
    if not weights.is_file() or sha256_file(weights) != package.sha256:
        raise HubpressError(
            "the weights in the installed package are not those that the recipe names (sha256 differs).",
            where=f"base_model.package {package.module!r}",
            hint="Reinstall the version that constraints.txt pins.",
        )
    return folder


def load_tokenizer(recipe: Recipe) -> Any:
    """Return the tokenizer of the recipe's base model; of a token model such that spans begin where words do.

    Raises HubpressError when it cannot be loaded.
    """
    from transformers import AutoTokenizer

    base = find_base(recipe.base_model, recipe_folder=recipe.folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(base.name_or_path, revision=base.revision or "main")
    except LOAD_ERRORS as error:
        raise load_failure(base, error) from error
    return with_tight_offsets(tokenizer) if recipe.task == "token" else tokenizer


def load_failure(base: Base, error: Exception) -> HubpressError:
    """Return one clear error for what ``from_pretrained`` raised."""
    hint = (
        "Check that the folder holds a complete transformers model."
        if base.is_local
        else "Check its name and revision and the network, or use --sample, which needs none."
    )
    return HubpressError(f"cannot be loaded: {first_line(error)}", where=f"base model {base.name_or_path!r}", hint=hint)
