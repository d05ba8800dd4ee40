"""An order to train, and its files below the build folder: written here, read where it is trained."""

from __future__ import annotations

from pathlib import Path

from hubpress.files import digest_of, make_room, sha256_file
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.schemas.elsewhere import LaunchedTraining, TrainingFailure, TrainingOrder
from hubpress.tokens import without_tokens
from hubpress.train.checkpoints import weight_settings

FOLDER = "elsewhere"
ORDER = f"{FOLDER}/order.json"
FAILURE = f"{FOLDER}/failure.json"
_LAUNCHED = f"{FOLDER}/launched.json"


def write_order(job: Job, processes: int | None) -> None:
    """Write the order to train a job whose records are prepared; what an earlier one left of a failure is removed."""
    # What is left out would come back as a default; with all of it, texts that are filled in later would be missing.
    recipe = job.recipe.model_dump(mode="json", exclude_unset=True)
    if source := job.recipe.data.source:
        recipe["data"]["source"] = without_tokens(str(source))  # an address may hold a password
    order = TrainingOrder(recipe=recipe, processes=processes, threads=job.threads, quiet=job.quiet)
    make_room(job.folder / ORDER)
    order.save(job.folder / ORDER)
    (job.folder / FAILURE).unlink(missing_ok=True)


def read_order(folder: Path) -> tuple[Job, int | None]:
    """Return the job of a build folder with an order, and by how many processes it is trained."""
    order = TrainingOrder.load(folder / ORDER)
    recipe = Recipe.model_validate(order.recipe)
    return Job(recipe, folder, quiet=order.quiet, threads=order.threads), order.processes


def refuse_failed(folder: Path) -> None:
    """Raise the HubpressError that ended a training, if one did."""
    if (folder / FAILURE).is_file():
        raise TrainingFailure.load(folder / FAILURE).error()


def key_of(job: Job, launcher: str) -> str:
    """Return a digest of what is trained, and by which launcher."""
    return digest_of([launcher, weight_settings(job.recipe), sha256_file(job.data / SPLITS_FACTS)])


def launched_before(job: Job, launcher: str) -> LaunchedTraining | None:
    """Return the job that was given the same training before, None where none was."""
    path = job.folder / _LAUNCHED
    found = LaunchedTraining.load(path) if path.is_file() else None
    return found if found and found.key == key_of(job, launcher) else None


def note_launched(
    job: Job, launcher: str, number: str, *, account: str | None = None, folder: str | None = None
) -> None:
    """Keep which job trains."""
    key = key_of(job, launcher)
    made = LaunchedTraining(launcher=launcher, job=number, key=key, account=account, folder=folder)
    made.save(job.folder / _LAUNCHED)


def forget_launched(job: Job) -> None:
    """Let the same command start a job anew."""
    (job.folder / _LAUNCHED).unlink(missing_ok=True)
