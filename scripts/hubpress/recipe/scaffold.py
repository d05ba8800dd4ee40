"""The folder of a new model: a commented recipe and sample records, from the templates that ship with hubpress."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hubpress.content import content_dir
from hubpress.errors import HubpressError, UsageError
from hubpress.files import PARTIAL
from hubpress.layout import RECIPE
from hubpress.recipe.kinds import KINDS
from hubpress.text import suggestion

# A yes-or-no model and one of pairs are single-label ones to a recipe; their records and decisions look otherwise.
TEMPLATES = (*KINDS, "binary", "pair")

# What both a recipe and the Hub take for a repository's name.
_VALID = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?<![.-])(?<!\.git)(?<!\.ipynb)")

# The templates are whole recipes, which can be read and released under these words.
_NAME, _TITLE = "my-model", "My model"


@dataclass(frozen=True)
class NewModel:
    """A folder that was written, and the paths of its files in it (posix), the recipe first."""

    folder: Path
    files: tuple[str, ...]


def new_model(name: str, *, template: str, models_dir: Path | str) -> NewModel:
    """Write *models_dir*/*name* from one of :data:`TEMPLATES`, whole or not at all; *models_dir* is made when missing.

    Returns what was written. Raises UsageError for an unknown template, a name that the Hub refuses or a folder that is
    there already, and HubpressError where nothing can be written.
    """
    if template not in TEMPLATES:
        hint = f"Choose from {', '.join(TEMPLATES)}."
        raise UsageError(f"there is no task {template!r}.{suggestion(template, list(TEMPLATES))}", hint=hint)
    folder = free_folder(name, Path(models_dir))
    return write_model(folder, _filled(content_dir("models") / "templates" / template, name))


def free_folder(name: str, models_dir: Path) -> Path:
    """Return the folder of a model that is to be written; raises UsageError for a name that cannot be, or is taken."""
    if not _VALID.fullmatch(name):
        hint = "Use at most 96 letters, digits, single dots, - and _, with a letter or digit first."
        raise UsageError(f"{name!r} cannot be the name of a repository on the Hub.", hint=hint)
    folder = models_dir / name
    if folder.exists() or folder.is_symlink():
        raise UsageError("is there already, and stays as it is.", where=str(folder), hint="Give another name.")
    return folder


def title_of(name: str) -> str:
    """Return the name of a model as a heading."""
    title = re.sub(r"[-_]+", " ", name).strip()
    return title[:1].upper() + title[1:]


def write_model(folder: Path, contents: Mapping[str, bytes]) -> NewModel:
    """Write a folder with the files of *contents*, the recipe first, whole or not at all.

    Its parent is made when missing. Raises HubpressError where nothing can be written.
    """
    models_dir = folder.parent
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=f".{folder.name}.", suffix=PARTIAL) as scratch:
            for file, content in contents.items():
                path = Path(scratch) / folder.name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            (Path(scratch) / folder.name).rename(folder)
    except OSError as error:
        what = f"cannot be written to: {error.strerror or error}."
        hint = "Say with --models DIR where your models may lie."
        raise HubpressError(what, where=str(models_dir), hint=hint) from error
    return NewModel(folder, tuple(contents))


def _filled(template: Path, name: str) -> dict[str, bytes]:
    """Return the contents of a template's files by path, with the model's name and title in the recipe."""
    recipe = (template / RECIPE).read_text(encoding="utf-8")
    recipe = recipe.replace(_TITLE, title_of(name)).replace(_NAME, name)
    paths = sorted(path for path in template.rglob("*") if path.is_file() and path.name != RECIPE)
    others = {path.relative_to(template).as_posix(): path.read_bytes() for path in paths}
    return {RECIPE: recipe.encode(), **others}
