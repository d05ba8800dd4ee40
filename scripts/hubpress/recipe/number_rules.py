"""What of a recipe is for models that answer numbers alone, and what is not for them."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.recipe.recipe import RecipeFile
from hubpress.text import listed, suggestion
from hubpress.yaml12 import Place

_OF_LABELS = ("labels", "label_names", "label_table")
_OF_CLASSES = ("class_weight", "oversample")


def number_problems(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    """Yield what does not fit a model that answers numbers, or one that does not."""
    data, training = recipe.data, recipe.training
    if recipe.task != "regression":
        if data.targets is not None:
            yield ("data", "targets"), f"are the numbers of a regression model, not of a {recipe.task} one."
        return
    for key in _OF_LABELS:
        if getattr(data, key) is not None:
            yield ("data", key), "is for models that answer labels; name the numbers in data.targets."
    if data.unused_labels != "error":
        yield ("data", "unused_labels"), "is for models that answer labels; take it out."
    yield from _target_problems(recipe)
    for key in _OF_CLASSES:
        if getattr(training, key) is not None:
            yield ("training", key), "is for models that answer labels; take it out."
    if training.arguments.get("label_smoothing_factor"):
        yield ("training", "label_smoothing_factor"), "is for models that answer labels; take it out."
    if recipe.reference and recipe.reference.per_class:
        yield ("reference", "per_class"), "are counts of labels, which a regression model does not answer."


def _target_problems(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    """Of several numbers each is called as its column, of one the recipe may say another name."""
    given, columns = list(recipe.data.targets or {}), recipe.data.columns.target_columns
    place = ("data", "targets")
    if not given:
        return
    if columns is None and len(given) > 1:
        yield place, f"names {len(given)} numbers, {listed(given)}, and data.columns.target is the column of one."
    for name in given if columns else ():
        if name not in (columns or ()):
            near = suggestion(name, list(columns or ()))
            yield (*place, name), f"is none of data.columns.target_columns.{near} They are {listed(columns or ())}."
