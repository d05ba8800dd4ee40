"""What goes to a machine that shares no files with this one, and what comes back."""

from __future__ import annotations

import importlib.metadata
import shutil
import tarfile
from pathlib import Path

from hubpress.data.sources import source_files
from hubpress.errors import HubpressError, UsageError
from hubpress.files import is_inside, write_text
from hubpress.hub.parcel import BUILD, PARCEL, add_code, script_of
from hubpress.layout import ADAPTER_FOLDER, BILL_OF_MATERIALS, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.release.elsewhere.order import FAILURE, ORDER
from hubpress.release.job import Job
from hubpress.train.reporters import reporters

SCRIPT = "train.py"
_MODULE = "hubpress.release.elsewhere.prepared"
_BACK = ("train/model", f"train/{ADAPTER_FOLDER}", f"train/{TRAINING}", f"train/{BILL_OF_MATERIALS}")
_RECEIPT = "receipts/train.json"
_REPORTERS = ("tensorboard", "trackio", "wandb", "mlflow")


def refuse_what_stays(recipe: Recipe, *, where: str, upload_records: bool) -> None:
    """Raise UsageError for what no other machine gets: a base that lies here alone, and records without consent."""
    if recipe.starts_from.path:
        what = "the base model is a folder of this machine, which is not sent."
        raise UsageError(what, where=where, hint="Name a model on the Hub (base_model.id), or train on slurm.")
    is_public = recipe.uses_sample_records or recipe.data.dataset is not None
    if not is_public and not upload_records:
        source_files(recipe)  # where there are none that is said first
        what = "the records would go to another machine."
        raise UsageError(what, where=where, hint="Give --upload-records if they may; in private, and as prepared.")


def pack(job: Job, folder: Path) -> None:
    """Write the parcel of an order, and the script that trains it, into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / PARCEL, "w") as tar:
        add_code(tar)
        tar.add(job.data, f"{BUILD}/{job.recipe.name}/data")
        tar.add(job.folder / ORDER, f"{BUILD}/{job.recipe.name}/{ORDER}")
    write_text(folder / SCRIPT, script_for(job.recipe))


def unpack(job: Job, path: Path) -> None:
    """Take what a training elsewhere has left into the build folder. Raises HubpressError for anything else."""
    wanted = (*_BACK, _RECEIPT, FAILURE)
    with tarfile.open(path) as tar:
        for member in tar.getmembers():
            name = member.name
            known = any(name == one or name.startswith(f"{one}/") for one in wanted)
            if not (is_inside(name) and known and (member.isfile() or member.isdir())):
                what = f"{name!r} is nothing that a training leaves."
                raise HubpressError(what, where=path.name, hint="Run the training again.")
        for name in _BACK[:2]:  # whose files are all read, also those of an earlier training
            shutil.rmtree(job.folder / name, ignore_errors=True)
        tar.extractall(job.folder, filter="data")


def script_for(recipe: Recipe) -> str:
    """Return the script that trains a parcel, with the versions of this environment as its requirements (PEP 723)."""
    return script_of(
        _MODULE, recipe.name, title=f"Train {recipe.name}", script=SCRIPT, packages=_packages(recipe),
        back=(*_BACK, _RECEIPT, FAILURE),
    )  # fmt: skip


def _packages(recipe: Recipe) -> list[str]:
    named = ["hubpress"]
    if package := recipe.starts_from.package:
        named += importlib.metadata.packages_distributions().get(package.module.partition(".")[0], [])
    if recipe.training.lora:
        named.append("peft")
    if recipe.training.carbon:
        named.append("codecarbon")
    return named + [name for name in reporters(recipe) if name in _REPORTERS]
