"""What the Hub can be asked before anything is spent: would a release replace or hide what people have there?"""

from __future__ import annotations

from pathlib import Path

from hubpress.hub.ids import RepoId
from hubpress.layout import APP, CARD, CONFIG, EVALUATION, MANIFEST, NOTEBOOK, REQUIREMENTS, SPACE, TRAINING
from hubpress.release.job import Job
from hubpress.release.progress import progress_of
from hubpress.release.targets import Target

# Names that every release holds; what else it holds is only known when it is staged.
_MODEL = (CARD, CONFIG, EVALUATION, MANIFEST, NOTEBOOK, TRAINING)
_SPACE = (APP, CARD, MANIFEST, REQUIREMENTS, SPACE)


def ask_ahead(job: Job, target: Target) -> None:
    """Ask the Hub what it has under the names of this release; nothing is changed.

    Raises ``ForeignFiles`` for what people have there, HubError for a repository that would be hidden, for one that has
    another name now, for a tag that is elsewhere or a token that may not write.
    """
    with progress_of("ask ahead", quiet=job.quiet):
        own: dict[str, Path | None] = dict(job.recipe.own_files)
        staged = {name: job.repo / name for name in (*_MODEL, job.recipe.weights_file)}
        _ask(job, target, RepoId(job.repo_id), {**staged, **own})
        if job.recipe.has_space:
            pinned = {name: job.pinned_space / name for name in _SPACE}
            _ask(job, target, RepoId(job.repo_id, "space"), {**pinned})


def _ask(job: Job, target: Target, repo: RepoId, files: dict[str, Path | None]) -> None:
    there = {name: path if path and path.is_file() else None for name, path in files.items()}
    target.hub.look_ahead(
        repo,
        there,
        private=target.private,
        hide_public=target.hide_public,
        tag=job.tag(target.tag),
        foreign=target.foreign,
    )
