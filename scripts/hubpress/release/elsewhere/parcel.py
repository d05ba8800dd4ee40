"""What goes to a machine that shares no files with this one, and what comes back."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

import hubpress
from hubpress.content import content_dir
from hubpress.data.sources import source_files
from hubpress.errors import HubpressError, UsageError
from hubpress.files import is_inside, write_text
from hubpress.layout import ADAPTER_FOLDER, BILL_OF_MATERIALS, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.release.elsewhere.order import FAILURE, ORDER
from hubpress.release.elsewhere.script import SCRIPT_TEXT
from hubpress.release.job import Job
from hubpress.train.reporters import reporters

PARCEL, RESULT, SCRIPT = "parcel.tar", "result.tar", "train.py"
_CODE, _BUILD = "code", "build"
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
        for root, name in _code():
            tar.add(root, f"{_CODE}/{name}", filter=_source)
        tar.add(job.data, f"{_BUILD}/{job.recipe.name}/data")
        tar.add(job.folder / ORDER, f"{_BUILD}/{job.recipe.name}/{ORDER}")
    write_text(folder / SCRIPT, script_of(job.recipe))


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


def script_of(recipe: Recipe) -> str:
    """Return the script that trains a parcel, with the versions of this environment as its requirements (PEP 723)."""
    lines = "".join(f'#   "{one}",\n' for one in requirements(_packages(recipe)))
    version = ".".join(platform.python_version_tuple()[:2])
    return SCRIPT_TEXT.format(
        python=version, requirements=lines, title=recipe.name, version=hubpress.__version__, name=recipe.name,
        back=(*_BACK, _RECEIPT, FAILURE), parcel=PARCEL, result=RESULT,
    )  # fmt: skip


def requirements(names: Iterable[str]) -> list[str]:
    """Return packages with all that they need, each at the version that is installed here."""
    found: dict[str, str] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        key = wanted.name.lower().replace("_", "-").replace(".", "-")
        extras = {"", *wanted.extras}
        marked = f"{key}[{','.join(sorted(wanted.extras))}]"
        if marked in found or (not wanted.extras and key in found):
            continue
        try:
            distribution = importlib.metadata.distribution(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform than its marker says
        # A build of torch for processors alone is torch for whatever is there.
        found[key] = found[marked] = f"{key}=={Version(distribution.version).public}"
        needed = [Requirement(line) for line in distribution.requires or ()]
        waiting += [
            one
            for one in needed
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    found.pop("hubpress", None)
    return sorted({one for one in found.values() if not one.startswith("hubpress==")})


def _packages(recipe: Recipe) -> list[str]:
    named = ["hubpress"]
    if package := recipe.starts_from.package:
        named += importlib.metadata.packages_distributions().get(package.module.partition(".")[0], [])
    if recipe.training.lora:
        named.append("peft")
    if recipe.training.carbon:
        named.append("codecarbon")
    return named + [name for name in reporters(recipe) if name in _REPORTERS]


def _code() -> list[tuple[Path, str]]:
    """Return hubpress as it is here with the names of its parts: what trains there is what is checked here."""
    package = Path(hubpress.__file__).parent
    pipelines = content_dir("models") / "pipelines"
    below = "scripts/hubpress"
    parts = [(package, below)]
    if not pipelines.is_relative_to(package):  # a checkout, which has them beside the package
        parts.append((pipelines, "models/pipelines"))
    return parts


def _source(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name or member.name.endswith(".pyc") else member
