"""Whose code a model's repository has loaded: none or hubpress's own, or what others wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hubpress.content import pipeline_files
from hubpress.errors import HubpressError
from hubpress.files import read_json
from hubpress.layout import CONFIG
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.model_config import INTERNAL_KERNEL_KEYS, KERNEL_KEYS

_CONFIGURATIONS = "*config.json"
_KERNELS = (*INTERNAL_KERNEL_KEYS, *KERNEL_KEYS)
_EITHER_WAY = ("auto_map", "trust_remote_code")


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
        found += [f"{path.relative_to(files).as_posix()} has {key}" for key in _keys_of(path)]
    if _own_pipelines(files / CONFIG) != ({recipe.custom_pipeline.impl} if recipe.custom_pipeline else set()):
        found.append("config.json names another pipeline than its recipe")
    if not (files / recipe.weights_file).is_file():
        found.append(f"there is no {recipe.weights_file}, and other weights may run code")
    return found


def _has_bytes(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _keys_of(path: Path) -> list[str]:
    """Return the keys of a configuration that have code loaded."""
    named = {key for key, value in _entries(_read(path)) if _loads_code(key, value)}
    return sorted(named)


def _loads_code(key: str, value: Any) -> bool:
    return (key in _EITHER_WAY and bool(value)) or (key in _KERNELS and "/" in str(value))


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


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each key below a value with what it holds, however deep it stands."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
