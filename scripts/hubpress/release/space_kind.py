"""Gradio or static: the kind of a release's Space, settled with the Hub where the recipe leaves it open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hubpress.errors import HubError
from hubpress.hub.ids import RepoId
from hubpress.hub.notices import tell
from hubpress.hub.retries import status_of
from hubpress.manifest import Manifest
from hubpress.release.job import Job
from hubpress.release.targets import Target
from hubpress.space.build import Sdk, sdk_of

_PAID = 402


def known_sdk(job: Job, target: Target) -> Sdk:
    """Return the kind that a release's Space has or is to have, as far as that is known before anything is sent."""
    seen = target.hub.look(RepoId(job.repo_id, "space")) if job.recipe.space.sdk == "auto" else None
    return "static" if seen and seen.sdk == "static" else sdk_of(job.recipe)


def settled_sdk(job: Job, target: Target, create_gradio: Callable[[RepoId, Path, Manifest], object]) -> Sdk:
    """Return the kind of a release's Space. Where there is none yet, *create_gradio* makes one, which is empty still.

    A Space that is there keeps its kind, unless the recipe names one. Where the Hub wants a paid plan for a new Gradio
    Space, it is a static one by ``space.sdk: auto``. Raises HubError for that by ``gradio``.
    """
    repo = RepoId(job.repo_id, "space")
    if not job.recipe.has_space or job.recipe.space.sdk == "static" or target.hub.look(repo):
        return known_sdk(job, target) if job.recipe.has_space else sdk_of(job.recipe)
    try:
        create_gradio(repo, job.space, Manifest.of_folder(job.space))
    except HubError as error:
        if status_of(error) != _PAID:
            raise
        if job.recipe.space.sdk == "gradio":
            error.hint = "Nothing was published. Choose a plan there, or release it with `space.sdk: static`."
            raise
        tell(f"The Hub wants a paid plan for a Gradio Space (402): {repo.path} is a static one, which browsers run.")
    else:
        return "gradio"
    return "static"
