"""The static model that a release was measured beside: found again, or why it cannot be measured here."""

from __future__ import annotations

from pathlib import Path

from hubpress.bases.static import with_static_folder, without_static
from hubpress.errors import HubpressError
from hubpress.inference.static_embeddings import refuse_without_model2vec
from hubpress.recipe.kinds import STATIC
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.rules import COMMIT
from hubpress.schemas.evaluation import Evaluation

_WHERE = "evaluation.static_model"


def with_its_static_model(recipe: Recipe, folder: Path, *, is_own: bool) -> tuple[Recipe, str | None]:
    """Return a recipe whose static model lies in *folder*, which is made, and None; or without one, and why.

    Of a published recipe, which is not *is_own*, one on the Hub at a commit is fetched, and nothing else.
    """
    spec = recipe.evaluation.static_model
    if spec is None:
        return recipe, None
    if not is_own and spec.path:
        return without_static(recipe), "its static model is a folder, which is not published"
    if not is_own and not COMMIT.fullmatch(spec.revision or ""):
        return without_static(recipe), f"the recipe names no commit of the static model {spec.id}"
    try:
        refuse_without_model2vec(where=_WHERE)
        return with_static_folder(recipe, copied_to=folder), None
    except HubpressError as error:
        return without_static(recipe), str(error)


def without_its_figures(evaluation: Evaluation) -> Evaluation:
    """Return what was measured without the static baseline."""
    kept = tuple(baseline for baseline in evaluation.baselines if baseline.name != STATIC)
    return evaluation.model_copy(update={"baselines": kept})
