"""What of a recipe does not fit the method by which it trains: ``training.method``, ``contrastive`` and ``pooling``."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.recipe.recipe import RecipeFile
from hubpress.recipe.training_arguments import field_annotations
from hubpress.yaml12 import Place

_OF_A_PROBE = frozenset({"seed", "per_device_eval_batch_size"})
"""The arguments that mean something where no weights are trained by steps."""
_OF_STEPS = ("freeze", "head_learning_rate", "ema_decay", "oversample", "inputs", "early_stopping_patience", "lora")


def method_problems(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    """Yield what is not for a linear probe, for a contrastive warm-up, or for neither of them."""
    training = recipe.training
    fits_head, warms_up = training.fits_head, training.contrastive is not None
    if recipe.trained:  # which refuses the block as a whole
        return
    if recipe.task == "token":
        if fits_head:
            yield (
                ("training", "method"),
                f"{training.method} is for models that answer whole texts, not for a token model.",
            )
        if warms_up:
            yield ("training", "contrastive"), "is for models that answer whole texts with labels; take it out."
    elif recipe.task == "regression" and warms_up:
        yield (
            ("training", "contrastive"),
            "pairs records by their labels, and a regression model has none; take it out.",
        )
    if training.pooling and not (fits_head or warms_up):
        yield (
            ("training", "pooling"),
            "is for training.method: linear_probe or probe_then_fine_tune and for training.contrastive; "
            "add one of them, or take it out.",
        )
    if warms_up and training.lora:
        yield (
            ("training", "contrastive"),
            "changes the base, and training.lora leaves all of it as it is; take one of them out.",
        )
    if training.method == "probe_then_fine_tune" and training.lora:
        yield (
            ("training", "method"),
            "probe_then_fine_tune trains all weights, and training.lora leaves all of the base as it is; "
            "take one of them out.",
        )
    if not training.takes_steps:
        yield from _probe_problems(recipe, warms_up)


def is_of_steps(key: str, *, warms_up: bool) -> bool:
    """Return whether a key of ``training:`` means something only where weights are trained by steps.

    What is frozen means something in a contrastive warm-up, too. An unknown key is none of them.
    """
    if key in _OF_STEPS:
        return not (key == "freeze" and warms_up)
    return key in field_annotations() and key not in _OF_A_PROBE


def _probe_problems(recipe: RecipeFile, warms_up: bool) -> Iterator[tuple[Place, str]]:
    training = recipe.training
    for key in _OF_STEPS:
        if is_of_steps(key, warms_up=warms_up) and getattr(training, key):
            yield ("training", key), "has no meaning with method: linear_probe, which freezes the encoder; take it out."
    for key in training.arguments:
        if is_of_steps(key, warms_up=warms_up):
            yield (
                ("training", key),
                "has no meaning with method: linear_probe, whose head scikit-learn fits; take it out.",
            )
