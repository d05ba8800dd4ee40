"""A recipe's Jinja2 templates: which fields they read, and the text that a record makes of them.

The work is done by ``models/pipelines/record_text.py``, the very file that ships beside a model and in its Space: what
a model is trained on cannot differ from what it reads in use.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from hubpress.content import pipeline_files

Record = dict[str, Any]
"""A record as people have it: its fields by name, of whose values nothing is known yet."""


def fields_of(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template reads, in the order in which it names them.

    Raises jinja2.TemplateSyntaxError for what is no template, and for an unknown filter.
    """
    fields: tuple[str, ...] = _record_text().fields_of(template)
    return fields


def render(template: str, record: Mapping[str, Any]) -> str:
    """Return the text of a record, without white space at its ends; what is None or NaN reads as empty.

    The text of a record whose fields are all empty is empty, whatever the template says around them. Raises KeyError
    for a record that lacks a field, and whatever the template does with values that it was not written for.
    """
    text: str = _record_text().render(template, record)
    return text


def filled(record: Mapping[str, Any]) -> Record:
    """Return a record with empty texts for None and NaN."""
    values: Record = _record_text().filled(record)
    return values


@cache
def _record_text() -> ModuleType:
    [file] = pipeline_files(["record_text.py"])
    spec = importlib.util.spec_from_file_location(f"{__name__}.{file.stem}", file)
    assert spec is not None and spec.loader is not None  # it is a Python file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
