"""Reading recipe.yaml: the file, what is laid over it, and one line for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from hubpress.content import content_dir
from hubpress.errors import RecipeError, UsageError
from hubpress.layout import RECIPE
from hubpress.recipe.explain import value_problems
from hubpress.recipe.layers import Layers
from hubpress.recipe.open_places import is_sentence, open_places, still_open, with_stand_ins
from hubpress.recipe.recipe import Recipe, RecipeFile
from hubpress.recipe.rules import Problem, column_problems, cross_problems
from hubpress.recipe.training_arguments import EXTRAS, check_training
from hubpress.text import suggestion
from hubpress.yaml12 import YamlMapping


def model_folders(models_dir: Path | str | None) -> dict[str, Path]:
    """Return the folders that hold a recipe, by name. *models_dir* None means the models that ship with hubpress."""
    root = Path(models_dir) if models_dir else content_dir("models")
    if not root.is_dir():
        raise UsageError(f"the models folder {root} does not exist.", hint="Give an existing folder with --models.")
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{RECIPE}"))}


def load_recipe(
    name: str,
    *,
    models_dir: Path | str | None = None,
    sample: bool = False,
    data: str | None = None,
    overrides: Sequence[str] = (),
) -> Recipe:
    """Return the validated recipe of a model.

    Later wins: the file, its ``sample:`` block (with *sample*), *data*, then *overrides* (``key.path=value``, the
    value in YAML). What stands in ``sample:`` goes with the small base model and counts whenever *sample* is asked for;
    ``sample.records`` goes with the sample records and is left out when *data* names others.

    Raises UsageError for an unknown model and RecipeError with every problem found, each with file, line and field.
    """
    if isinstance(overrides, str):
        raise UsageError("overrides are a list of key.path=value.", hint=f"Give [{overrides!r}].")
    folders = model_folders(models_dir)
    if name not in folders:
        known = ", ".join(folders) or "none"
        is_near = models_dir is None and (Path("models") / name / RECIPE).is_file()
        raise UsageError(
            f"there is no model named {name!r}.{suggestion(name, list(folders))} Known models: {known}.",
            hint=f"models/{name} lies in this folder: give --models models." if is_near else None,
        )
    folder = folders[name]
    layers = Layers(folder / RECIPE)
    if sample:
        layers.lay_sample(with_records=data is None)
    if data is not None:
        layers.lay_data(data)
    for override in overrides:
        layers.lay_override(override)
    layers.forget_other_method()
    values = layers.values()
    recipe, problems = validated(values, folder=folder, own_records=data is not None)
    if recipe is None:
        raise RecipeError([layers.line(place, sentence) for place, sentence in problems])
    unwritten = [layers.line(place, still_open(what)) for place, what in open_places(values).items()]
    return recipe_in(folder, recipe, is_sample=sample, uses_sample_records=sample and data is None, unwritten=unwritten)


def recipe_in(
    folder: Path,
    recipe: RecipeFile,
    *,
    is_sample: bool = False,
    uses_sample_records: bool = False,
    unwritten: Sequence[str] = (),
) -> Recipe:
    """Return what a recipe says together with its folder, which gives the model its name."""
    return Recipe.model_construct(
        **{key: getattr(recipe, key) for key in RecipeFile.model_fields},
        name=folder.name,
        folder=folder,
        is_sample=is_sample,
        uses_sample_records=uses_sample_records,
        unwritten=tuple(unwritten),
    )


def refuse_unwritten(recipe: Recipe) -> None:
    """Raise RecipeError where sentences of the card are still to be filled in; a sample is released without them."""
    if recipe.unwritten and not recipe.is_sample:
        raise RecipeError(list(recipe.unwritten))


def validated(values: YamlMapping, *, folder: Path, own_records: bool) -> tuple[RecipeFile | None, list[Problem]]:
    """Return the recipe that the values make, or None and everything that is wrong with them.

    Plain words stand in for sentences of the card that are still to be filled in.
    """
    waiting = open_places(values)
    if not all(map(is_sentence, waiting)):  # the rest can be judged once they are filled in
        return None, [(place, still_open(what)) for place, what in waiting.items()]
    values = with_stand_ins(values)
    problems: list[Problem] = column_problems(values)
    training = values.get("training")
    if isinstance(training, dict):
        arguments, wrong = check_training({key: value for key, value in training.items() if key not in EXTRAS})
        problems += [(("training", key), sentence) for key, sentence in wrong]
        values = {**values, "training": {**training, **arguments}}
    try:
        recipe = RecipeFile.model_validate(values)
    except ValidationError as error:
        return None, problems + value_problems(error, values)
    problems += cross_problems(recipe, folder=folder, own_records=own_records)
    return (None if problems else recipe), problems
