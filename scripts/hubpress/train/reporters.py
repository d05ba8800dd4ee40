"""Dashboards that follow a training (``report_to``): asked for before it begins, and not part of what is made."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from hubpress.errors import HubpressError, first_line
from hubpress.files import digest_of
from hubpress.recipe.recipe import Recipe

_WHERE = "training.report_to"
_SETTINGS = ("report_to", "run_name", "project", "trackio_")
_LOGS = "tensorboard"
"""The folder, in that of the training, of what TensorBoard shows."""


def reporters(recipe: Recipe) -> tuple[str, ...]:
    """Return the dashboards that a recipe names, by transformers' names."""
    given = recipe.training.arguments.get("report_to") or ()
    return tuple(name for name in ((given,) if isinstance(given, str) else given) if name != "none")


def without_reporting(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return TrainingArguments without what only says where a training is followed: the weights are the same."""
    return {name: value for name, value in arguments.items() if not name.startswith(_SETTINGS)}


def reporting_arguments(recipe: Recipe) -> dict[str, JsonValue]:
    """Return what TrainingArguments say of dashboards, where the recipe leaves it open.

    A run goes on where the same training is gone on with. No copy is made of a Space of trackio but where one is named.
    """
    arguments = without_reporting(recipe.training.arguments)
    run = f"{recipe.repo_name}-{digest_of([arguments, recipe.base_id])[:8]}"
    return {"project": recipe.repo_name, "run_name": run, "trackio_static_space_id": False}


def refuse_missing_reporters(recipe: Recipe) -> None:
    """Raise HubpressError for a dashboard that transformers does not know, or whose package is not installed."""
    names = reporters(recipe)
    if not names:
        return
    from transformers.integrations import get_reporting_integration_callbacks
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    # First those that there are not, which no package would help.
    for name in sorted(names, key=lambda name: name in INTEGRATION_TO_CALLBACK):
        try:
            for callback in get_reporting_integration_callbacks(name):
                callback()
        except (ValueError, RuntimeError, ImportError, AssertionError) as error:
            is_known = not isinstance(error, ValueError)
            hint = "Or take it out of the recipe." if is_known else "Name one of them."
            raise HubpressError(f"{name!r}: {first_line(error)}", where=_WHERE, hint=hint) from error


@contextlib.contextmanager
def reporting(recipe: Recipe, folder: Path, *, quiet: bool) -> Iterator[None]:
    """Let dashboards take the model's name, and say what they print to stderr: stdout is for the result.

    What the environment says of them counts first.
    """
    if not reporters(recipe):
        yield
        return
    os.environ.setdefault("WANDB_PROJECT", recipe.repo_name)
    os.environ.setdefault("MLFLOW_EXPERIMENT_NAME", recipe.repo_name)
    os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(folder / _LOGS))  # else among checkpoints, which are removed
    with contextlib.redirect_stdout(io.StringIO() if quiet else sys.stderr):
        yield
