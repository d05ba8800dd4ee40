"""page.json of a static Space: how its page reads records, and by what it computes."""

from __future__ import annotations

from pathlib import Path

from hubpress.input_template import is_plain
from hubpress.layout import PAGE_SETTINGS, VENDOR
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.static_page import Reads, StaticPage, Template
from hubpress.space.runtime import copy_runtime, in_space, on_cdn, pinned_runtime
from hubpress.space.template_steps import steps_of

_TEXT = "{{ text }}"


def write_page(recipe: Recipe, folder: Path, *, vendored: Path | None = None) -> None:
    """Write page.json for the page in *folder*, and beside it what computes, where the recipe has the Space carry that.

    *vendored* is a folder that has it; without it that comes from npm. Raises HubpressError for an input template that
    no page can carry out, and for what npm does not give.
    """
    pinned, carries = pinned_runtime(), recipe.space.vendor
    if carries:
        copy_runtime(pinned, folder / VENDOR, beside=vendored)
    StaticPage(reads=reads_of(recipe), runtime=in_space(pinned) if carries else on_cdn(pinned)).save(
        folder / PAGE_SETTINGS
    )


def reads_of(recipe: Recipe) -> Reads:
    """Return how a record becomes the texts that the model reads. Raises HubpressError for what no page can do."""
    texts = [recipe.data.input_template or _TEXT, *([recipe.data.text_pair] if recipe.data.text_pair else [])]
    templates: tuple[Template, ...] = tuple(map(steps_of, texts))
    fields = tuple(dict.fromkeys(field for template in templates for field in template.fields))
    plain = all(map(is_plain, texts)) and len(fields) == len(texts)
    return Reads(fields=fields, plain=plain, templates=templates)
