"""A recipe's Jinja2 templates: which fields they read, and the text that a record makes of them.

The work is done by ``models/pipelines/record_text.py``, the very file that ships beside a model and in its Space: what
a model is trained on cannot differ from what it reads in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hubpress.content import pipeline_module

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

Record = dict[str, Any]
"""A record as people have it: its fields by name, of whose values nothing is known yet."""

_PRINTED = re.compile(r"\{\{[-+]?\s*(.+?)\s*[-+]?\}\}", re.DOTALL)
_NAME = re.compile(r"[^'\"{}\[\]()|~]+")
_VALUES = ("nodes", "node", "left", "right", "test")
"""The parts of a Jinja node whose value it prints, changes or asks for; what is compared or passed stands elsewhere."""


def fields_of(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template reads, in the order in which it names them.

    Raises jinja2.TemplateSyntaxError for what is no template, and for an unknown filter.
    """
    fields: tuple[str, ...] = _record_text().fields_of(template)
    return fields


def tree_of(template: str) -> tuple[nodes.Template, SandboxedEnvironment]:
    """Return a template's syntax tree, made anew, with its environment; raises what :func:`fields_of` raises."""
    found = _record_text().parsed(template)
    return found.tree, found.environment


def field_at(node: nodes.Node) -> str | None:
    """Return the name of the field that a node of such a tree reads, or None."""
    field: str | None = _record_text().field_at(node)
    return field


def short_name(column: str) -> str:
    """Return the word by which a template may name a column ("Review Text": review_text); empty where it has none."""
    name: str = _record_text().short_name(column)
    return name


def as_written(column: str) -> str:
    """Return how a template names a column: by itself, or ``record['…']`` and what is short."""
    written: str = _record_text().as_written(column)
    return written


def column_of(field: str, columns: Iterable[str]) -> str | None:
    """Return which of *columns* a template means by *field*: the one called so, or the one with that short name.

    None where there is none. Raises ValueError, a sentence, where several have that short name.
    """
    column: str | None = _record_text().column_of(field, columns)
    return column


def refuse_misread(template: str) -> None:
    """Raise ValueError, the end of a sentence, for what is no template, and for what looks like a field and is none.

    Such are ``{{ Review Text }}`` and ``{{ none }}``; the sentence says how to name a column.
    """
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree, _ = tree_of(template)
    except TemplateSyntaxError as error:
        hint = next((f"; the column is written {as_written(name)}" for name in _no_expressions(template)), "")
        raise ValueError(f"is not valid Jinja2: {str(error.message).rstrip('.')}{hint}") from error
    for node in tree.find_all(nodes.Node):
        for child in node.iter_child_nodes(only=_VALUES):
            if not isinstance(child, nodes.Const):
                continue
            value, is_printed = child.value, isinstance(node, nodes.Output)
            if (value is None or isinstance(value, bool)) and not isinstance(node, nodes.CondExpr):
                name = str(value).lower()
            elif is_printed and (any(map(str.isalpha, value)) if isinstance(value, str) else True):
                name = str(value)
            else:
                continue
            what = f"reads {value!r} as it stands, not a column; a column of that name is written record[{name!r}]"
            raise ValueError(what)


def render(template: str, record: Mapping[str, Any]) -> str:
    """Return the text of a record, without white space at its ends; what is None or NaN reads as empty.

    The text of a record whose fields are all empty is empty, whatever the template says around them. Raises what
    :func:`values_of` raises, and whatever the template does with values that it was not written for.
    """
    text: str = _record_text().render(template, record)
    return text


def values_of(fields: Iterable[str], record: Mapping[str, Any]) -> Record:
    """Return a record's values by *fields*, with empty texts for None and NaN; :func:`column_of` finds each.

    Raises KeyError for a field that the record lacks, and ValueError for one that may be several.
    """
    values: Record = _record_text().values_of(fields, record)
    return values


def filled(record: Mapping[str, Any]) -> Record:
    """Return a record with empty texts for None and NaN."""
    values: Record = _record_text().filled(record)
    return values


def _no_expressions(template: str) -> list[str]:
    """Return what a template prints without being able to, and what may be the name of a column."""
    from jinja2 import TemplateSyntaxError

    names = []
    for name in _PRINTED.findall(template):
        try:
            tree_of(f"{{{{ {name} }}}}")
        except TemplateSyntaxError:
            names += [name] if _NAME.fullmatch(name) else []
    return names


def _record_text() -> ModuleType:
    return pipeline_module("record_text")
