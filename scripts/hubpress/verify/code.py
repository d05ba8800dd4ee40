"""Whose code a model's repository has loaded: none or hubpress's own, or what others wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubpress.content import pipeline_files
from hubpress.errors import HubpressError
from hubpress.files import read_json
from hubpress.layout import CONFIG
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.model_config import code_keys

_CONFIGURATIONS = "*config.json"


def foreign_code(files: Path, recipe: Recipe) -> list[str]:
    """Return why loading a downloaded model would run code that is not hubpress's own: a phrase each, none if it does
    not. The code of a model with a threshold is hubpress's own where it has the very bytes that it has here.
    """
    found = [
        f"{file.name} is not the one of this hubpress"
        for file in pipeline_files(recipe.custom_files)
        if not _has_bytes(files / file.name, file.read_bytes())
    ]
    for path in sorted(files.rglob(_CONFIGURATIONS)):
        found += [f"{path.relative_to(files).as_posix()} has {key}" for key in code_keys(_read(path))]
    if _own_pipelines(files / CONFIG) != ({recipe.custom_pipeline.impl} if recipe.custom_pipeline else set()):
        found.append("config.json names another pipeline than its recipe")
    if not (files / recipe.weights_file).is_file():
        found.append(f"there is no {recipe.weights_file}, and other weights may run code")
    return found


def _has_bytes(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _own_pipelines(config: Path) -> set[str]:
    read = _read(config)
    pipelines = read.get("custom_pipelines") if isinstance(read, dict) else None
    told = pipelines.values() if isinstance(pipelines, dict) else []
    return {str(one.get("impl") if isinstance(one, dict) else one) for one in told}


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except (OSError, ValueError, RecursionError) as error:
        raise HubpressError("cannot be read.", where=f"the published {path.name}") from error
