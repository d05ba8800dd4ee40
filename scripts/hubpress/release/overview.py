"""What can be released, and how far each model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.release.job import Job
from hubpress.release.receipts import read_receipt
from hubpress.release.stages import STAGES

_PROOFS = ("verify", "verify space")


@dataclass(frozen=True)
class ModelStatus:
    """A model: its name, its task and title, and the stages that have left a receipt.

    One whose recipe cannot be used has *problems*, one a line, and neither task nor title.
    """

    name: str
    task: str | None
    title: str | None
    done: tuple[str, ...]
    problems: tuple[str, ...] = ()


def list_models(
    *,
    models_dir: Path | str | None = None,
    build_dir: Path = Path("build"),
    sample: bool = False,
    data: str | None = None,
    overrides: Sequence[str] = (),
) -> list[ModelStatus]:
    """Return every model below *models_dir* (None: those that ship with hubpress), as ``load_recipe`` reads it.

    A recipe that cannot be used hides no other: its model comes with its problems. Raises UsageError where there is no
    such folder, and for words of *overrides* that set nothing.
    """
    found = []
    for name in model_folders(models_dir):
        try:
            recipe = load_recipe(name, models_dir=models_dir, sample=sample, data=data, overrides=overrides)
        except RecipeError as error:
            found.append(ModelStatus(name, None, None, (), tuple(error.problems)))
            continue
        job = Job.of(recipe, build_dir=build_dir)
        stages = (*(stage.name for stage in STAGES), *_PROOFS)
        done = tuple(stage for stage in stages if read_receipt(job, stage))
        found.append(ModelStatus(name, recipe.variant, recipe.title, done))
    return found
