"""The static model of a recipe: found on the Hub at one commit, or in a folder, and tried before anything is spent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubpress.errors import HubError, HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.messages import one_line
from hubpress.inference.static_embeddings import load_static, refuse_without_model2vec, static_layout
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.rules import COMMIT
from hubpress.recipe.static_model import StaticModel

# What model2vec and sentence-transformers save of a static model. Nothing else is fetched: no pickle and no code.
_NAMES = ("model.safetensors", "tokenizer.json", "config.json", "config_sentence_transformers.json")
_FILES = (*_NAMES, *(f"0_StaticEmbedding/{name}" for name in _NAMES))
_WHERE = "evaluation.static_model"


def settled_static(recipe: Recipe) -> Recipe:
    """Return a recipe whose static model on the Hub is that of one commit; one without such a model as it is.

    The model is fetched and loaded. Raises HubpressError where model2vec is not installed, where there is no such
    model, and for one that model2vec cannot load; HubError where the Hub does not answer.
    """
    spec = recipe.evaluation.static_model
    if spec is None:
        return recipe
    refuse_without_model2vec(where=_WHERE)
    if spec.id and not spec.path:
        spec = spec.model_copy(update={"revision": _commit(spec)})
    load_static(static_folder(spec, recipe_folder=recipe.folder), where=_place(spec))
    return _with(recipe, spec)


def with_static_folder(recipe: Recipe, *, copied_to: Path | None = None) -> Recipe:
    """Return a recipe whose static model is named by its folder on this machine, or by a copy of that; one without such
    a model as it is.

    Raises as :func:`static_folder` does.
    """
    spec = recipe.evaluation.static_model
    if spec is None:
        return recipe
    folder = static_folder(spec, recipe_folder=recipe.folder)
    if copied_to:
        for name in _FILES:
            if (folder / name).is_file():
                (copied_to / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, copied_to / name)
        folder = copied_to
    return _with(recipe, spec.model_copy(update={"path": folder.resolve()}))


def without_static(recipe: Recipe) -> Recipe:
    """Return a recipe without a static model."""
    return _with(recipe, None)


def static_folder(spec: StaticModel, *, recipe_folder: Path) -> Path:
    """Return the folder of a static model; one on the Hub is fetched, unless it is here already.

    Raises HubpressError where there is no such folder, and where the Hub does not give the model.
    """
    if spec.path:
        folder = recipe_folder / spec.path.expanduser()
        if not folder.is_dir():
            hint = "Name the folder that the model was saved into."
            raise HubpressError("there is no such folder.", where=_place(spec), hint=hint)
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    hub = Hub.of_environment()
    assert spec.id is not None  # the recipe has one of both
    wanted = list(_FILES)
    try:
        found = Path(snapshot_download(spec.id, revision=spec.revision, allow_patterns=wanted, local_files_only=True))
        if static_layout(found):
            return found
    except LocalEntryNotFoundError:
        pass  # it is not here yet, or not the whole of it
    with _named(spec), one_line(hub.endpoint, hub.token, spec.id):
        found_there = snapshot_download(
            spec.id, revision=spec.revision, allow_patterns=wanted, endpoint=hub.endpoint, token=hub.token
        )
    return Path(found_there)


def _commit(spec: StaticModel) -> str:
    if spec.revision and COMMIT.fullmatch(spec.revision):
        return spec.revision  # nothing need be asked
    with _named(spec):
        return Hub.of_environment().head(RepoId(str(spec.id)), spec.revision)


@contextmanager
def _named(spec: StaticModel) -> Iterator[None]:
    """Let what the Hub says begin with the key of the recipe that it is about."""
    try:
        yield
    except HubError as error:
        where = f"{_place(spec)}: {error.where}" if error.where else _place(spec)
        raise HubError(error.what, where=where, hint=error.hint, passes=error.passes) from error


def _place(spec: StaticModel) -> str:
    return f"{_WHERE}.path {str(spec.path)!r}" if spec.path else f"{_WHERE}.id {spec.id!r}"


def _with(recipe: Recipe, spec: StaticModel | None) -> Recipe:
    return recipe.model_copy(update={"evaluation": recipe.evaluation.model_copy(update={"static_model": spec})})
