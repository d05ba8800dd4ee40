"""From a record to the text that a model reads: the one way for training, cards, pipelines and Spaces.

Needs jinja2 only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, meta, nodes
from jinja2.sandbox import SandboxedEnvironment


def fields_of(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template reads, in the order in which it names them.

    Raises jinja2.TemplateSyntaxError for what is no template.
    """
    return _compiled(template)[1]


def render(template: str, record: Mapping[str, Any]) -> str:
    """Return the text of a record, without white space at its ends; what is None or NaN reads as empty.

    The record has all of the template's fields; what else it has is not read. Where all of the fields are empty the
    text is empty, whatever the template says around them. Raises whatever the template does with values that it was
    not written for.
    """
    compiled, fields = _compiled(template)
    values = filled({name: record[name] for name in fields})
    if fields and _is_empty(values.values()):
        return ""
    return compiled.render(values).strip()


def input_text(template: str, given: Mapping[str, Any] | str) -> str:
    """Return the text to answer: of a record as :func:`render` gives it; a string is a text already.

    A field that the record lacks reads as empty. Raises ValueError where there is nothing to read, since scores of
    nothing would look like an answer, and for an unknown field, since a misspelt one would go unnoticed.
    """
    if isinstance(given, str):
        text = given
    elif isinstance(given, Mapping):
        text = _text_of_record(template, given)
    else:
        found = "None" if given is None else f"of type {type(given).__name__}"
        raise ValueError(f"it is {found}, neither a text nor a record with {', '.join(fields_of(template))}.")
    if not text.strip():
        raise ValueError("the text is empty: there is nothing to classify.")
    try:
        text.encode()
    except UnicodeEncodeError:  # a tokenizer would only say that it wants a text
        raise ValueError("the text holds half a surrogate pair, which is no character. Decode it anew.") from None
    return text


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with empty texts for None and for NaN, which data frames have for None."""
    return {name: "" if _is_missing(value) else value for name, value in record.items()}


def _text_of_record(template: str, record: Mapping[str, Any]) -> str:
    fields = fields_of(template)
    if unknown := [name for name in record if name not in fields]:
        raise ValueError(f"the record has an unknown field {unknown[0]!r}. This model reads {', '.join(fields)}.")
    whole = filled({name: record.get(name) for name in fields})
    if _is_empty(whole.values()):
        raise ValueError(f"the record is empty. Fill at least one of {', '.join(fields)}.")
    try:
        return render(template, whole)
    except Exception as error:  # a template may do anything with a value of a kind that it was not written for
        raise ValueError(f"the record does not fit the model's input_template: {error}") from error


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # an array is compared item by item, and is neither true nor false
        return False


def _is_empty(values: Iterable[Any]) -> bool:
    return not any(str(value).strip() for value in values)


@lru_cache
def _compiled(template: str) -> tuple[Template, tuple[str, ...]]:
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals.clear()  # "range" or "dict" may be the name of a field
    tree = environment.parse(template)
    names = meta.find_undeclared_variables(tree)
    ordered = dict.fromkeys(node.name for node in tree.find_all(nodes.Name) if node.name in names)
    return environment.from_string(template), tuple(ordered)
