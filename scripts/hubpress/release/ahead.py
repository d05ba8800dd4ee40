"""What the Hub can be asked before anything is spent: would a release replace or hide what people have there?"""

from __future__ import annotations

from pathlib import Path

from hubpress.hub.ids import RepoId
from hubpress.layout import (
    BILL_OF_MATERIALS,
    CARD,
    CHARTS,
    CONFIG,
    EVAL_RESULTS,
    EVALUATION,
    MANIFEST,
    NOTEBOOK,
    PAGE_SETTINGS,
    RECIPE,
    REPORT,
    SIGNATURE,
    SPACE,
    TEST_RECORDS,
    TOKENIZER,
    TOKENIZER_CONFIG,
    TRAINING,
)
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.release.progress import progress_of
from hubpress.release.space_kind import known_sdk
from hubpress.release.targets import Target
from hubpress.space.build import Sdk, space_sources

_DATA = (CARD, MANIFEST, TEST_RECORDS)


def ask_ahead(job: Job, target: Target) -> None:
    """Ask the Hub what it has under the names of this release; nothing is changed.

    Raises ``ForeignFiles`` for what people have there, HubError for a repository that would be hidden, for one that has
    another name now, for a tag that is elsewhere or a token that may not write.
    """
    with progress_of("ask ahead", quiet=job.quiet):
        own: dict[str, Path | None] = dict(job.recipe.own_files)
        staged = {name: job.repo / name for name in _names_of_model(job.recipe)}
        _ask(job, target, RepoId(job.repo_id), {**staged, **own})
        if job.recipe.has_space:
            pinned = {name: job.pinned_space / name for name in _names_of_space(job.recipe, known_sdk(job, target))}
            _ask(job, target, RepoId(job.repo_id, "space"), {**pinned})
        if job.data_id:
            records = {name: job.test_data / name for name in _DATA}
            _ask(job, target, RepoId(job.data_id, "dataset"), {**records})


def _names_of_model(recipe: Recipe) -> tuple[str, ...]:
    """Return the names that a release of the recipe is sure to hold; what else it holds is known when it is staged."""
    wanted = (
        (recipe.provenance.bill_of_materials, (BILL_OF_MATERIALS,)),
        (recipe.provenance.sign, (SIGNATURE,)),
        (recipe.onnx.export, recipe.onnx_files),
        (bool(recipe.evaluation.eval_results) and not recipe.is_sample, (EVAL_RESULTS,)),
        (recipe.trained is None, (f"{CHARTS}/training.png", f"{CHARTS}/training.svg")),
    )
    further = [name for is_wanted, names in wanted if is_wanted for name in names]
    model = (CONFIG, recipe.weights_file, TOKENIZER, TOKENIZER_CONFIG)
    return (CARD, EVALUATION, MANIFEST, *model, NOTEBOOK, RECIPE, REPORT, TRAINING, *recipe.custom_files, *further)


def _names_of_space(recipe: Recipe, sdk: Sdk) -> tuple[str, ...]:
    template, *files = space_sources(recipe, sdk)
    page = (PAGE_SETTINGS,) if sdk == "static" else ()
    return (template.stem, MANIFEST, SPACE, *page, *(file.name for file in files))


def _ask(job: Job, target: Target, repo: RepoId, files: dict[str, Path | None]) -> None:
    there = {name: path if path and path.is_file() else None for name, path in files.items()}
    target.hub.look_ahead(
        repo,
        there,
        private=target.private,
        hide_public=target.hide_public,
        tag=None if repo.type == "dataset" else job.tag(target.tag),
        foreign=target.foreign,
    )
