"""The base model with the head of the task, and the parts of it that keep their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubpress.bases.find import LOAD_ERRORS, find_base, load_failure, load_tokenizer
from hubpress.errors import HubpressError
from hubpress.recipe.recipe import Recipe
from hubpress.tasks.protocol import Trainable


def load_base(recipe: Recipe, task: Trainable, labels: Sequence[str]) -> tuple[Any, Any]:
    """Return the base model with a fresh head for *labels*, and its tokenizer.

    Raises HubpressError when it cannot be loaded, or has fewer positions than the recipe's ``tokenizer.max_length``.
    """
    import torch

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
    except LOAD_ERRORS as error:
        raise load_failure(base, error) from error
    tokenizer = load_tokenizer(recipe)
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
