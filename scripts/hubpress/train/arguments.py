"""A recipe's training block -> transformers.TrainingArguments."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError, first_line
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.train.reporters import reporting_arguments


def training_arguments(recipe: Recipe, checkpoints: Path) -> Any:
    """Return the TrainingArguments of a recipe; making them also joins the processes of a launch.

    Raises HubpressError for values that TrainingArguments refuses.
    """
    import torch
    import transformers

    given = recipe.training.arguments
    use_cpu = not torch.accelerator.is_available()
    try:
        return transformers.TrainingArguments(
            **{
                "output_dir": str(checkpoints),
                "eval_strategy": "epoch",
                "save_strategy": "epoch",
                "logging_strategy": "epoch",
                "load_best_model_at_end": True,
                "metric_for_best_model": recipe.main_metric,
                "greater_is_better": not METRIC_NAMES[recipe.main_metric].lower_is_better,
                "save_total_limit": 1,
                "report_to": "none",
                **reporting_arguments(recipe),
                "disable_tqdm": True,  # EpochLines says how far it is
                "ddp_find_unused_parameters": False,
                "dataloader_pin_memory": not use_cpu,
                # Said outright: with torchrun, accelerate would otherwise not join the processes of a CPU machine.
                "use_cpu": use_cpu,
                "ddp_backend": "gloo" if use_cpu and "LOCAL_RANK" in os.environ else None,
                **given,
            }
        )
    except (ValueError, TypeError, ImportError, RuntimeError) as error:
        raise HubpressError(
            f"TrainingArguments refuses: {first_line(error)}",
            where="training",
            hint="Mend the recipe's training block.",
        ) from error
