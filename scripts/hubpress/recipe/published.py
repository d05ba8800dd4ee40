"""The recipe as it is published beside its model: as it was validated, with nothing in it of the machine it came from.

Whoever reads a published one reads a stranger's file: no path in it is followed, and nothing is run.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hubpress.errors import HubpressError, RecipeError
from hubpress.layout import RECIPE
from hubpress.recipe.layers import Layers
from hubpress.recipe.load import validated
from hubpress.recipe.recipe import Recipe, RecipeFile
from hubpress.recipe.rules import SCHEMES
from hubpress.yaml12 import YamlMapping, text_of

_HEADER = """\
# The recipe of this model as hubpress validated it. Local files are called by what they hold, not by where they lie.
# `hubpress verify OWNER/REPO --data FILE` measures the model again by it, on any machine that has the records.
"""
_LARGEST = 1_000_000
_RECORDS, _BASE, _TRAINED, _STATIC = "records", "base_model", "trained", "static_model"
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")


def published_text(recipe: Recipe) -> str:
    """Return ``recipe.yaml`` as it goes into the repository; read again it makes the same card and the same splits."""
    values: YamlMapping = recipe.model_dump(mode="json", include=set(RecipeFile.model_fields), exclude_defaults=True)
    if recipe.own_files:
        values["files"] = list(recipe.own_files)
    data = values["data"]
    if recipe.data.source:
        data["source"] = _public_source(recipe.data.source)
    if recipe.data.files:
        data["files"] = {split: _name_alone(file) for split, file in recipe.data.files.items()}
    if recipe.data.label_table:
        data["label_table"]["file"] = _name_alone(recipe.data.label_table.file)
    if recipe.base_model and recipe.base_model.path:
        values["base_model"]["path"] = _BASE
    if recipe.trained and recipe.trained.path:
        values["trained"]["path"] = _TRAINED
    if recipe.evaluation.static_model and recipe.evaluation.static_model.path:
        values["evaluation"]["static_model"]["path"] = _STATIC
    if "training" in values:
        values["training"] = without_paths(values["training"])
    return _HEADER + text_of(values)


def load_published(folder: Path, *, is_sample: bool, uses_sample_records: bool, data: str | None = None) -> Recipe:
    """Return the recipe of a downloaded repository; its own files are those of *folder*.

    *is_sample* and *uses_sample_records* are what the release says of itself; *data* names the records, as ``--data``
    does. Without it a recipe whose records lay in files has none. Raises HubpressError for a recipe that cannot be
    read, or that names a path of a machine.
    """
    file = folder / RECIPE
    if not file.is_file():
        raise HubpressError("it carries no recipe.yaml.", hint="Name its recipe with --model NAME or --models DIR.")
    if file.stat().st_size > _LARGEST:
        raise _unusable([f"{RECIPE}: has more than {_LARGEST:,} bytes."])
    try:
        layers = Layers(file)
        if data is not None:
            layers.lay_data(data)
        recipe, problems = validated(layers.values(), folder=folder, own_records=data is not None)
    except RecipeError as error:
        raise _unusable(error.problems) from error
    if recipe is None:
        raise _unusable([layers.line(place, sentence) for place, sentence in problems])
    if paths := _paths_in(recipe, own_records=data is not None):
        raise _unusable([f"{RECIPE}: {place}: {path!r} is a path of a machine." for place, path in paths])
    return Recipe.model_construct(
        **{key: getattr(recipe, key) for key in RecipeFile.model_fields},
        name=recipe.repo_name,
        folder=folder,
        is_sample=is_sample,
        uses_sample_records=uses_sample_records,
    )


def _unusable(problems: list[str]) -> HubpressError:
    """Return the first problem with its line in the file, which lies in a folder that is gone when this is read."""
    more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
    said = problems[0].rpartition(RECIPE)[2]
    line = re.match(r"(?::\d+)?", said)
    place = line.group() if line else ""
    return HubpressError(f"{said.removeprefix(place).lstrip(': ')}{more}", where=f"the published {RECIPE}{place}")


def _public_source(source: str) -> str:
    """Return an address without what opens it, or for files of a machine a name that says their format alone."""
    scheme = source.partition("://")[0]
    if "://" not in source or scheme not in SCHEMES:
        return f"{_RECORDS}{_ending(source)}"
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _ending(path: str) -> str:
    return "".join(suffix for suffix in PurePosixPath(path).suffixes if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix))


def _name_alone(path: str) -> str:
    is_below = not _is_of_a_machine(path) and ".." not in PurePosixPath(path).parts
    return path if is_below else PureWindowsPath(path).name


def without_paths(value: Any) -> Any:
    """Return JSON values with the last part of each absolute path in place of the whole."""
    if isinstance(value, dict):
        return {key: without_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_paths(item) for item in value]
    return PureWindowsPath(value).name if isinstance(value, str) and _is_of_a_machine(value) else value


def _is_of_a_machine(path: str) -> bool:
    return path.startswith(("/", "~", "\\")) or bool(_DRIVE.match(path)) or path.lower().startswith("file:")


def _paths_in(recipe: RecipeFile, *, own_records: bool) -> list[tuple[str, str]]:
    """Return what in a published recipe would lead out of its repository, with its place."""
    data, base, trained, static = recipe.data, recipe.base_model, recipe.trained, recipe.evaluation.static_model
    found = {
        "data.source": None if own_records else data.source,
        **{f"data.files.{split}": file for split, file in (data.files or {}).items()},
        "data.label_table.file": data.label_table.file if data.label_table else None,
        "base_model.path": str(base.path) if base and base.path else None,
        "trained.path": str(trained.path) if trained and trained.path else None,
        "evaluation.static_model.path": str(static.path) if static and static.path else None,
    }
    return [
        (place, path)
        for place, path in found.items()
        if path and "://" not in path and (_is_of_a_machine(path) or ".." in PurePosixPath(path).parts)
    ]
