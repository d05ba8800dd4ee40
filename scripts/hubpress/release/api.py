"""What a notebook calls: one function for each thing that the command line does with a recipe."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from hubpress.data.preview import FEW, PreviewedRecord, preview
from hubpress.data.sources import source_files
from hubpress.errors import HubpressError
from hubpress.layout import CARD, EVALUATION
from hubpress.recipe.load import refuse_unwritten
from hubpress.recipe.recipe import Recipe
from hubpress.release.ahead import ask_ahead
from hubpress.release.changes import staged_with_changes
from hubpress.release.job import REHEARSAL_OWNER, Job
from hubpress.release.push import PushedRelease, push
from hubpress.release.release import ReleaseResult, release
from hubpress.release.runner import locked, run_stages
from hubpress.release.targets import Target
from hubpress.schemas.data_report import DataReport
from hubpress.schemas.evaluation import Evaluation

BUILD = Path("build")


def preview_records(recipe: Recipe, *, count: int = FEW) -> tuple[PreviewedRecord, ...]:
    """Return the first *count* records as they are read; of each split that many where files give the splits.

    Nothing is written, and no split is drawn. Raises HubpressError for records that cannot be read.
    """
    return preview(recipe, source_files(recipe), count=count)


def report_data(recipe: Recipe, *, build_dir: Path | str = BUILD, quiet: bool = False) -> DataReport:
    """Prepare the records, and return what they say: counts, lengths, repeats, languages, and what is to be minded."""
    job = _job(recipe, build_dir, quiet=quiet)
    run_stages(job, until="report")
    return DataReport.load(job.data_report)


def evaluate_model(
    recipe: Recipe, *, build_dir: Path | str = BUILD, threads: int | None = None, quiet: bool = False
) -> Evaluation:
    """Train the model and measure it on its test split, or read what was measured if nothing has changed.

    Like every function here it runs the stages that are needed and skips those whose receipts hold; it raises
    HubpressError at the first one that fails, and the same call goes on from there.
    """
    job = _job(recipe, build_dir, threads=threads, quiet=quiet)
    run_stages(job, until="evaluate")
    return Evaluation.load(job.repo / EVALUATION)


def render_card(
    recipe: Recipe,
    *,
    build_dir: Path | str = BUILD,
    owner: str = REHEARSAL_OWNER,
    threads: int | None = None,
    quiet: bool = False,
) -> str:
    """Return README.md of the model that *owner* is to publish, as it stands in the staged folder."""
    job = _job(recipe, build_dir, owner, threads, quiet)
    run_stages(job, until="card")
    return (job.repo / CARD).read_text(encoding="utf-8")


def build_space(
    recipe: Recipe,
    *,
    build_dir: Path | str = BUILD,
    owner: str = REHEARSAL_OWNER,
    threads: int | None = None,
    quiet: bool = False,
) -> Path:
    """Return the folder of the model's Gradio Space. Raises HubpressError for a recipe that wants none."""
    require_space(recipe)
    job = _job(recipe, build_dir, owner, threads, quiet)
    run_stages(job, until="space")
    return job.space


def require_space(recipe: Recipe) -> None:
    """Raise HubpressError for a recipe that wants no Space."""
    if not recipe.has_space:
        hint = "Set onnx.export and space.publish to true."
        raise HubpressError("the recipe wants no Space.", where=recipe.name, hint=hint)


def push_model(
    recipe: Recipe,
    target: Target,
    *,
    build_dir: Path | str = BUILD,
    owner: str = REHEARSAL_OWNER,
    threads: int | None = None,
    quiet: bool = False,
) -> PushedRelease:
    """Publish the model, its Space and its test split, as the recipe has them, in one commit each, after the stages and
    checks that come before."""
    _refuse(recipe, target)
    job = _job(recipe, build_dir, owner, threads, quiet)
    ask_ahead(job, target)
    stages, job = staged_with_changes(job, target, accept_worse=True)
    with locked(job.folder):
        pushed = push(job, target)
    return replace(pushed, stages=(*stages, *pushed.stages))


def release_model(
    recipe: Recipe,
    *,
    build_dir: Path | str = BUILD,
    owner: str = REHEARSAL_OWNER,
    target: Target | None = None,
    private: bool | None = None,
    tag: str | None = None,
    isolated: bool = False,
    gate: bool = True,
    only_propose: bool = False,
    accept_worse: bool = False,
    threads: int | None = None,
    quiet: bool = False,
) -> ReleaseResult:
    """Run all stages, put all that is released where only *owner* looks, prove it there, and promote it to main.

    *target* None is the rehearsal Hub below *build_dir*, started for this call. *private* and *tag*, where given, go
    before those of the target. *isolated* runs the Space in a fresh environment of its requirements. *only_propose*
    stops at open pull requests with the proofs as their descriptions; without *gate*, main is changed before the proof.
    A version with a figure that fell beyond noise since the one before is refused, unless *accept_worse*.
    """
    job = _job(recipe, build_dir, owner, threads, quiet)
    with nullcontext(target) if target else Target.rehearsal(Path(build_dir), owner=owner) as chosen:
        wanted = replace(chosen, private=chosen.private if private is None else private, tag=tag or chosen.tag)
        _refuse(recipe, wanted)
        return release(job, wanted, isolated=isolated, gate=gate, only_propose=only_propose, accept_worse=accept_worse)


def _job(
    recipe: Recipe, build_dir: Path | str, owner: str = REHEARSAL_OWNER, threads: int | None = None, quiet: bool = False
) -> Job:
    return Job.of(recipe, build_dir=build_dir, owner=owner, quiet=quiet, threads=threads)


def _refuse(recipe: Recipe, target: Target) -> None:
    """Raise for what can be told before a Hub is asked: a sample on its way to a real one, a card with open places."""
    refuse_unwritten(recipe)
    if recipe.is_sample:
        target.refuse_samples()
