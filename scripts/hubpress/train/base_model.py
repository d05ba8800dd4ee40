"""The encoder that a model starts from: on the Hub, in a folder, or inside an installed package."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError, first_line
from hubpress.files import sha256_file
from hubpress.recipe.blocks import BaseModelSpec, PackagedModel
from hubpress.recipe.recipe import Recipe
from hubpress.tasks.protocol import Trainable


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


def load_base(recipe: Recipe, task: Trainable, labels: Sequence[str]) -> tuple[Any, Any]:
    """Return the base model with a fresh head for *labels*, and its tokenizer.

    Raises HubpressError when it cannot be loaded, or has fewer positions than the recipe's ``tokenizer.max_length``.
    """
    import torch
    from transformers import AutoTokenizer

    base = find_base(recipe.base_model, recipe_folder=recipe.folder)
    try:
        model = task.model_class().from_pretrained(
            base.name_or_path,
            revision=base.revision or "main",
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
            problem_type=recipe.kind.problem_type,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            **recipe.base_model.config,
        )
        tokenizer = AutoTokenizer.from_pretrained(base.name_or_path, revision=base.revision or "main")
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise _load_failure(base, error) from error
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions and recipe.tokenizer.max_length > positions:
        raise HubpressError(
            f"{recipe.tokenizer.max_length} tokens are more than the base model's {positions} positions.",
            where="tokenizer.max_length",
            hint=f"Give at most {positions}.",
        )
    return model, tokenizer


def freeze(model: Any, parts: Sequence[str]) -> None:
    """Let parts of the encoder keep their weights; raises HubpressError for a part that it lacks."""
    for part in parts:
        try:
            module = model.base_model.get_submodule(part)
        except AttributeError as error:
            children = ", ".join(name for name, _ in model.base_model.named_children())
            raise HubpressError(
                f"the base model has no part {part!r}.", where="training.freeze", hint=f"Its parts: {children}."
            ) from error
        module.requires_grad_(False)


def _load_failure(base: Base, error: Exception) -> HubpressError:
    """Return one clear error for what ``from_pretrained`` raised."""
    hint = (
        "Check that the folder holds a complete transformers model."
        if base.is_local
        else "Check its name and revision and the network, or use --sample, which needs none."
    )
    return HubpressError(f"cannot be loaded: {first_line(error)}", where=f"base model {base.name_or_path!r}", hint=hint)
