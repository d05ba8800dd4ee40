"""A recipe's Jinja2 templates: which fields they read, and the text that a record makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template


def fields_of(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template reads, in alphabetical order."""
    return _compiled(template)[1]


def render(template: str, record: Mapping[str, Any]) -> str:
    """Return the text of a record, without white space at its ends; what is None or NaN reads as empty.

    Of a record whose fields are all empty nothing is read, whatever the template says around them. Raises whatever the
    template does with values that it was not written for.
    """
    compiled, fields = _compiled(template)
    values = filled(record)
    if fields and not any(str(values[name]).strip() for name in fields):
        return ""
    return compiled.render(values).strip()


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with empty texts for None and NaN."""
    return {name: "" if value is None or value != value else value for name, value in record.items()}


@cache
def _compiled(template: str) -> tuple[Template, tuple[str, ...]]:
    from jinja2 import StrictUndefined, meta
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()  # "range" or "dict" may be the name of a field
    names = meta.find_undeclared_variables(environment.parse(template))
    return environment.from_string(template), tuple(sorted(names))
