"""Where models, cards and spaces are: inside the package in a wheel, two levels up in a checkout."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hubpress.errors import HubpressError

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).resolve()


def content_dir(kind: str) -> Path:
    """Return the folder of shipped content of a kind (``models``, ``cards`` or ``spaces``).

    A wheel installs content inside the package (``hubpress/shipped/models``); an editable install or a plain checkout
    has it at the top of the repository. ``importlib.resources`` would fail there: it has no ``__init__.py``.
    """
    for candidate in (_HERE.parent / "shipped" / kind, _HERE.parents[2] / kind):
        if candidate.is_dir():
            return candidate
    raise HubpressError(
        f"the folder {kind!r} that ships with hubpress was not found.",
        hint="Reinstall hubpress, or run it from a complete checkout.",
    )


@cache
def templates(folder: Path, *, autoescape: bool = False) -> Environment:
    """Return how templates are read: what is not given is an error; *autoescape* is for pages, and not for cards.

    The same for the same folder: it keeps the templates compiled, and reads again those that have changed.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,
    )


@cache
def pipeline_module(name: str) -> ModuleType:
    """Return a module of that remote code, which imports none of the others, from the very file that ships."""
    [file] = pipeline_files([f"{name}.py"])
    spec = importlib.util.spec_from_file_location(f"{__name__}.{name}", file)
    assert spec is not None and spec.loader is not None  # it is a Python file
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass asks for it
    spec.loader.exec_module(module)
    return module


def pipeline_files(names: Iterable[str]) -> list[Path]:
    """Return the files of remote code that ship beside a model's weights, by their names."""
    return [content_dir("models") / "pipelines" / name for name in names]
