"""What can be released, and how far each model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubpressError, RecipeError
from hubpress.layout import EVALUATION
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.release.job import Job
from hubpress.release.receipts import read_receipt
from hubpress.release.released import all_released
from hubpress.release.stages import STAGES
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.released import Figure, Released

_PROOFS = ("verify", "verify space")


@dataclass(frozen=True)
class ModelStatus:
    """A model: its name, its task and title, the stages that have left a receipt, and its releases.

    One whose recipe cannot be used, by itself and without what ``--set`` gave it, has *problems*, one a line, and
    neither task nor title.
    """

    name: str
    task: str | None
    title: str | None
    done: tuple[str, ...]
    problems: tuple[str, ...] = ()
    releases: tuple[Released, ...] = ()
    """What is on main somewhere and was proved there, the newest first, as it was when that command ended."""
    figure: Figure | None = None
    """The main figure of the model as it is now in the build folder; None until it is evaluated."""


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
        releases = tuple(all_released(build_dir / name).values())  # which stay, whatever becomes of the recipe
        try:
            recipe = load_recipe(name, models_dir=models_dir, sample=sample, data=data, overrides=overrides)
            job = Job.of(recipe, build_dir=build_dir)
        except RecipeError as error:
            found.append(ModelStatus(name, None, None, (), tuple(error.problems), releases))
            continue
        except HubpressError as error:  # of its trained model
            found.append(ModelStatus(name, None, None, (), (str(error),), releases))
            continue
        stages = (*(stage.name for stage in STAGES), *_PROOFS)
        done = tuple(stage for stage in stages if read_receipt(job, stage))
        found.append(ModelStatus(name, recipe.variant, recipe.title, done, (), releases, _figure(job)))
    return found


def _figure(job: Job) -> Figure | None:
    try:
        return Figure.of(Evaluation.load(job.repo / EVALUATION))
    except DocumentError:
        return None
