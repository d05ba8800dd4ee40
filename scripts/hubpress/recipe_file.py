"""Reading recipe.yaml: the file, what is laid over it, and one line for each thing that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hubpress.content import content_dir
from hubpress.errors import RecipeError, UsageError
from hubpress.recipe import Recipe, RecipeFile
from hubpress.recipe_problems import Problem, cross_problems, value_problems
from hubpress.recipe_task_problems import column_problems
from hubpress.recipe_yaml import Place, parse, read_mapping
from hubpress.training_arguments import EXTRAS, check_training, suggestion

RECIPE = "recipe.yaml"

# Blocks that mean nothing when half of one is laid over half of another.
_REPLACED_WHOLE: set[Place] = {("base_model",), ("reference",), ("data", "dataset"), ("data", "files")}


def model_folders(models_dir: Path | None) -> dict[str, Path]:
    """Return the folders that hold a recipe, by name. *models_dir* None means the models that ship with hubpress."""
    root = models_dir or content_dir("models")
    if not root.is_dir():
        raise UsageError(f"the models folder {root} does not exist.", hint="Give an existing folder with --models.")
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{RECIPE}"))}


def load_recipe(
    name: str,
    *,
    models_dir: Path | None = None,
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
    folders = model_folders(models_dir)
    if name not in folders:
        known = ", ".join(folders) or "none"
        raise UsageError(f"there is no model named {name!r}.{suggestion(name, list(folders))} Known models: {known}.")
    folder = folders[name]
    layers = _Layers(folder / RECIPE)
    if sample:
        layers.lay_sample(with_records=data is None)
    if data is not None:
        layers.lay_data(data)
    for override in overrides:
        layers.lay_override(override)
    recipe, problems = _validated(layers.values, folder=folder, own_records=data is not None)
    if recipe is None:
        raise RecipeError([layers.line(place, sentence) for place, sentence in problems])
    return Recipe.model_construct(
        **{key: getattr(recipe, key) for key in RecipeFile.model_fields},
        name=name,
        folder=folder,
        is_sample=sample,
        uses_sample_records=sample and data is None,
    )


def _validated(values: dict[str, Any], *, folder: Path, own_records: bool) -> tuple[RecipeFile | None, list[Problem]]:
    """Return the recipe that the values make, or None and everything that is wrong with them."""
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


class _Layers:
    """The values of a recipe, and where each was given: a line of the file, or words of the command."""

    def __init__(self, path: Path) -> None:
        self._file = _shown(path)
        self.values, self._lines = read_mapping(path, shown=self._file)
        self._sample = self.values.pop("sample", None)
        # What has been laid over the file: its place -> words of the command, or where in the file it comes from.
        self._laid: dict[Place, str | Place] = {}

    def lay_sample(self, *, with_records: bool) -> None:
        """Lay the ``sample:`` block over the recipe, its ``records:`` last. Raises RecipeError when there is none."""
        if self._sample is None:
            raise RecipeError([f"{self._file}: has no sample: block, so --sample cannot be used."])
        if not isinstance(self._sample, dict):
            raise RecipeError([self.line(("sample",), "must be a mapping of what --sample lays over the recipe.")])
        records = self._sample.get("records")
        if records is not None and not isinstance(records, dict):
            raise RecipeError([self.line(("sample", "records"), "must be a mapping of what goes with the records.")])
        for place, value in _leaves({key: item for key, item in self._sample.items() if key != "records"}, ()):
            self._lay(place, value, ("sample", *place))
        if with_records:
            for place, value in _leaves(records or {}, ()):
                self._lay(place, value, ("sample", "records", *place))

    def lay_data(self, data: str) -> None:
        """Let the records be those of *data*, a path or URL, whose ending says their format."""
        words = f"--data {data}"
        if not Path(data).is_dir():
            self._lay(("data", "files"), None, words)
        for replaced in ("dataset", "format"):
            self._lay(("data", replaced), None, words)
        source = data if "://" in data else str(Path(data).expanduser().absolute())
        self._lay(("data", "source"), source, words)

    def lay_override(self, override: str) -> None:
        """Lay ``key.path=value``, the value in YAML, over the recipe; no value takes the key away."""
        key, separator, text = override.partition("=")
        words = f"--set {override}"
        if not separator or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key):
            raise UsageError("is not of the form key.path=value.", where=words, hint="Say --set training.seed=1.")
        try:
            value = parse(text)
        except (yaml.YAMLError, ValueError) as error:
            raise UsageError("the value is not valid YAML.", where=words, hint="Put it in quotes.") from error
        self._lay(tuple(key.split(".")), value, words)

    def _lay(self, place: Place, value: Any, origin: str | Place) -> None:
        block: Any = self.values
        for depth, key in enumerate(place[:-1], start=1):
            block = block.setdefault(key, {})
            if not isinstance(block, dict):
                raise RecipeError(
                    [self.line(place[:depth], "is not a mapping, so nothing can be set below it.", origin)]
                )
        self._laid = {laid: by for laid, by in self._laid.items() if laid[: len(place)] != place}
        self._laid[place] = origin
        if value is None:
            block.pop(place[-1], None)
        else:
            block[place[-1]] = value

    def line(self, place: Place, sentence: str, origin: str | Place | None = None) -> str:
        """Return a problem as one line: where the value was given, which field it is, what is wrong."""
        field = ".".join(str(part) for part in place)
        return f"{self._at(place, origin)}: {field}{': ' if field else ''}{sentence}"

    def _at(self, place: Place, origin: str | Place | None) -> str:
        if origin is None:
            around = [place[:end] for end in range(len(place), 0, -1) if place[:end] in self._laid]
            below = [laid for laid, by in self._laid.items() if laid[: len(place)] == place and isinstance(by, str)]
            nearest = next(iter([*around, *below]), None)
            origin = self._laid[nearest] if nearest else place
            if nearest and not isinstance(origin, str):
                origin = (*origin, *place[len(nearest) :])
        if isinstance(origin, str):
            return origin
        known = next((origin[:end] for end in range(len(origin), 0, -1) if origin[:end] in self._lines), None)
        return f"{self._file}:{self._lines[known]}" if known else self._file


def _leaves(block: dict[str, Any], above: Place) -> Iterator[tuple[Place, Any]]:
    """Yield what a block of values replaces: each value that is no mapping, and each mapping replaced as a whole."""
    for key, value in block.items():
        place = (*above, key)
        if isinstance(value, dict) and place not in _REPLACED_WHOLE:
            yield from _leaves(value, place)
        else:
            yield place, value


def _shown(path: Path) -> str:
    """Return a path as a person would type it: relative to here when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
