"""What a training needs besides its records and its base: packages, asked for before anything is read."""

from __future__ import annotations

from hubpress.errors import HubpressError, first_line
from hubpress.recipe.recipe import Recipe
from hubpress.train.energy import refuse_unmeasurable
from hubpress.train.reporters import refuse_missing_reporters

_OPTIMIZER = "optim"


def refuse_missing_packages(recipe: Recipe) -> None:
    """Raise HubpressError where dashboards, the optimizer or the meter of emissions need what is not installed."""
    refuse_unmeasurable(recipe.training.carbon)
    refuse_missing_reporters(recipe)
    _refuse_missing_optimizer(recipe)


def _refuse_missing_optimizer(recipe: Recipe) -> None:
    given = {name: value for name, value in recipe.training.arguments.items() if name.startswith(_OPTIMIZER)}
    if _OPTIMIZER not in given:
        return
    from transformers import Trainer, TrainingArguments

    try:
        Trainer.get_optimizer_cls_and_kwargs(TrainingArguments(output_dir="unused", use_cpu=True, **given))
    except (ImportError, ValueError, RuntimeError) as error:
        what = f"{given[_OPTIMIZER]!r}: {first_line(error).rstrip('.')}."
        hint = "Or take it out of the recipe, which trains by adamw_torch then."
        raise HubpressError(what, where=f"training.{_OPTIMIZER}", hint=hint) from error
