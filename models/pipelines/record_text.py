"""From a record to the text that a model reads: the one way for training, cards, pipelines and Spaces.

Needs jinja2 only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

_RECORD = "record"
_FIELDS = ""  # under this name, which no template can say, a template finds the fields of its record
_NO_NAMES = frozenset(("true", "false", "none", "True", "False", "None", "not"))  # whatever a record has
_SET_BY_JINJA = {
    nodes.For: ("loop",),
    nodes.Macro: ("caller", "kwargs", "varargs"),
    nodes.CallBlock: ("caller", "kwargs", "varargs"),
    nodes.Block: ("self", "super"),
}


@dataclass(frozen=True)
class Parsed:
    """A template's syntax tree, in which :func:`field_at` knows the fields, and their names in order."""

    environment: SandboxedEnvironment
    tree: nodes.Template
    fields: tuple[str, ...]


def parsed(template: str) -> Parsed:
    """Return a template's tree, made anew. Raises jinja2.TemplateSyntaxError for what is no template.

    A field is a name that the template does not set itself, also one for which Jinja2 has a function; and
    ``record['any name']``, which says every name there is.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined, finalize=_printed)
    environment.globals.clear()  # "range" or "dict" may be the name of a field
    tree = environment.parse(template)
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    own |= {node.name for node in tree.find_all(nodes.Macro)}
    for kind, names in _SET_BY_JINJA.items():
        own |= set(names) if tree.find(kind) else set()
    if _RECORD not in own:
        _RecordLookups().visit(tree)
    undeclared = meta.find_undeclared_variables(tree)
    _NameLookups((undeclared | {"self"}) - own).visit(tree)
    # A name that is left is the template's own; where it is read before it is set, it is a field, too.
    read = [
        node.name if isinstance(node, nodes.Name) and node.name in undeclared else field_at(node)
        for node in tree.find_all((nodes.Getitem, nodes.Name))
    ]
    fields = dict.fromkeys(name for name in read if name is not None)
    return Parsed(environment, tree, tuple(fields))


def fields_of(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template reads, in the order in which it names them.

    Raises jinja2.TemplateSyntaxError for what is no template.
    """
    return _compiled(template)[1]


def field_at(node: nodes.Node) -> str | None:
    """Return the name of the field that a node of a parsed tree reads, or None."""
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value) if isinstance(node.node.node, nodes.ContextReference) else None
    return None


def short_name(column: str) -> str:
    """Return the word by which a template may name a column: "Review Text" is ``review_text``, "2nd" is ``_2nd``.

    It is empty where the column's name has neither letters nor digits.
    """
    letters = unicodedata.normalize("NFKC", column)
    words = "".join(letter if f"_{letter}".isidentifier() else " " for letter in letters).split()
    name = "_".join(words).strip("_").lower()
    return name if not name or name.isidentifier() else f"_{name}"


def as_written(column: str) -> str:
    """Return how a template names a column: by itself, or ``record['…']`` and what is short."""
    if column.isidentifier() and column not in _NO_NAMES:
        return column
    short, whole = short_name(column), f"{_RECORD}[{column!r}]"
    return whole if short in ("", *_NO_NAMES) else f"{whole} or {short}"


def column_of(field: str, columns: Iterable[str]) -> str | None:
    """Return which of *columns* a template means by *field*: the one called so, else the one with that short name.

    None where there is none. Raises ValueError where several have that short name.
    """
    names = columns if isinstance(columns, Mapping) else tuple(columns)
    if field in names:
        return field
    wanted = unicodedata.normalize("NFC", field)  # an "ö" may be one character or two
    found = [name for name in names if isinstance(name, str) and wanted in _also(name)]
    if len(found) > 1:
        ways = " or ".join(f"{_RECORD}[{name!r}]" for name in found[:2])
        raise ValueError(f"{field!r} is short for {found[0]!r} and for {found[1]!r}: write {ways}.")
    return found[0] if found else None


def render(template: str, record: Mapping[str, Any]) -> str:
    """Return the text of a record, without white space at its ends; what is None or NaN reads as empty.

    The record has all of the template's fields; what else it has is not read. Where all of the fields are empty the
    text is empty, whatever the template says around them. Raises what :func:`values_of` raises, and whatever the
    template does with values that it was not written for.
    """
    compiled, fields = _compiled(template)
    values = values_of(fields, record)
    if fields and _is_empty(values.values()):
        return ""
    return compiled.render({**values, _FIELDS: values}).strip()


def values_of(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's values by *fields*, as :func:`filled` gives them; :func:`column_of` finds each.

    Raises KeyError for a field that is not there, and ValueError for one that may be several.
    """
    found = {}
    for field in fields:
        column = column_of(field, record)
        if column is None:
            raise KeyError(field)
        found[field] = record[column]
    return filled(found)


def is_plain(template: str) -> bool:
    """Tell whether a template reads one field just as it is."""
    statements = parsed(template).tree.body
    printed = [one for each in statements for one in (each.nodes if isinstance(each, nodes.Output) else [each])]
    shown = [node for node in printed if not isinstance(node, nodes.TemplateData) or node.data.strip()]
    return len(shown) == 1 and field_at(shown[0]) is not None


def input_texts(template: str, text_pair: str | None, given: Mapping[str, Any] | str) -> tuple[str, ...]:
    """Return the texts to answer: one, as :func:`input_text` gives it, or both of a pair where there is *text_pair*.

    A pair is a record of the fields that both templates read, or ``{"text": …, "text_pair": …}``, its texts as they
    are. Raises ValueError where one of them has nothing to read, too.
    """
    if text_pair is None:
        return (input_text(template, given),)
    fields = tuple(dict.fromkeys((*fields_of(template), *fields_of(text_pair))))
    if not isinstance(given, Mapping):
        found = "one text" if isinstance(given, str) else f"of type {type(given).__name__}"
        ways = f'{{"text": …, "text_pair": …}}, or a record with {", ".join(fields)}'
        raise ValueError(f"it is {found}, and this model reads two texts: give {ways}.")
    if set(given) == {"text", "text_pair"} and not {"text", "text_pair"} <= set(fields):
        texts = tuple(str("" if _is_missing(given[name]) else given[name]) for name in ("text", "text_pair"))
    else:
        whole = _filled_record(fields, given)
        texts = tuple(_rendered(one, whole) for one in (template, text_pair))
    for place, text in zip(("first", "second"), texts, strict=True):
        if not text.strip():
            raise ValueError(f"the {place} text of the pair is empty: there are not two to read.")
    return tuple(map(_encodable, texts))


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
    return _encodable(text)


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # a tokenizer would only say that it wants a text
        raise ValueError("the text holds half a surrogate pair, which is no character. Decode it anew.") from None
    return text


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with empty texts for None and for NaN, which data frames have for None."""
    return {name: "" if _is_missing(value) else value for name, value in record.items()}


def _text_of_record(template: str, record: Mapping[str, Any]) -> str:
    return _rendered(template, _filled_record(fields_of(template), record))


def _filled_record(fields: tuple[str, ...], record: Mapping[str, Any]) -> dict[str, Any]:
    columns = {field: column_of(field, record) for field in fields}
    if unknown := [name for name in record if name not in columns.values()]:
        raise ValueError(f"the record has an unknown field {unknown[0]!r}. This model reads {', '.join(fields)}.")
    whole = filled({field: None if column is None else record[column] for field, column in columns.items()})
    if _is_empty(whole.values()):
        raise ValueError(f"the record is empty. Fill at least one of {', '.join(fields)}.")
    return whole


def _rendered(template: str, whole: Mapping[str, Any]) -> str:
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


def _printed(value: Any) -> Any:
    """Return what a template prints; what is no text, number or date would be printed as Python writes it."""
    if isinstance(value, Iterable) and not isinstance(value, str | Undefined):
        kind = type(value).__name__
        raise ValueError(
            f"it prints a {kind} as it stands. Name one of its values, or join them: {{{{ … | join(' ') }}}}"
        )
    return value


@lru_cache(maxsize=4096)
def _also(column: str) -> tuple[str, str]:
    return unicodedata.normalize("NFC", column), short_name(column)


@lru_cache
def _compiled(template: str) -> tuple[Template, tuple[str, ...]]:
    found = parsed(template)
    return found.environment.from_string(found.tree), found.fields


class _RecordLookups(NodeTransformer):
    """Makes fields of ``record['any name']`` and ``record.name``."""

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        if _is_record(node.node) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return _lookup(node.arg.value, node)
        return self.generic_visit(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        return _lookup(node.attr, node) if _is_record(node.node) else self.generic_visit(node)


class _NameLookups(NodeTransformer):
    """Makes fields of names: Jinja2 has a "self" of its own, which a name would reach."""

    def __init__(self, fields: set[str]) -> None:
        self._fields = fields

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        return _lookup(node.name, node) if node.name in self._fields else node


def _is_record(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == _RECORD


def _lookup(field: str, at: nodes.Node) -> nodes.Node:
    fields = nodes.Getitem(nodes.ContextReference(), nodes.Const(_FIELDS), "load")
    return nodes.Getitem(fields, nodes.Const(field), "load").set_lineno(at.lineno)
