"""An input template as steps that a page can take: Jinja's own syntax tree, as JSON."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import nodes
from pydantic import JsonValue

from hubpress.errors import HubpressError
from hubpress.input_template import field_at, fields_of, tree_of
from hubpress.schemas.static_page import Template

_FILTERS = {
    "trim": "trim", "lower": "lower", "upper": "upper", "length": "length", "count": "length", "string": "string",
}  # fmt: skip
_COMPARISONS = frozenset(("eq", "ne", "lt", "lteq", "gt", "gteq"))


def steps_of(template: str) -> Template:
    """Return the fields of a template, and the steps that make a text of them, as ``record_text.js`` takes them.

    Raises HubpressError for a template that does what no page has been taught.
    """
    tree, _ = tree_of(template)
    try:
        return Template(fields=fields_of(template), body=tuple(_body(tree.body)))
    except _Untaught as error:
        what = f"its template has {error}, which the page of a static Space cannot do."
        hint = "Write the template without it, or ask for a Gradio Space by `space.sdk: gradio`."
        raise HubpressError(what, where="data.input_template", hint=hint) from None


class _Untaught(Exception):
    """A part of a template for which there is no step."""


def _body(body: list[nodes.Node]) -> list[JsonValue]:
    return [_step(part) for node in body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]


def _step(node: nodes.Node) -> JsonValue:
    field = field_at(node)
    if field is not None:
        return ["field", field]
    known = _STEPS.get(type(node))
    if known is None:
        raise _Untaught(f"“{type(node).__name__.lower()}”")
    return known(node)


def _const(node: nodes.Const) -> JsonValue:
    if not isinstance(node.value, str | int | bool | None):
        raise _Untaught(f"the value {node.value!r}")
    return ["text", node.value]


def _filter(node: nodes.Filter) -> JsonValue:
    given = [_plain(one) for one in node.args]
    of = _step(node.node) if node.node else None
    if of is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise _Untaught(f"the filter {node.name} with names for what it is given")
    if node.name in _FILTERS and not given:
        return ["filter", _FILTERS[node.name], of]
    if node.name in ("default", "d") and len(given) in (1, 2):
        # A field is always there: what is to stand for it does so where it is empty, if that is asked for.
        return ["or", of, ["text", given[0]]] if len(given) == 2 and given[1] is True else of
    if node.name == "replace" and len(given) == 2 and all(isinstance(one, str) and one for one in given[:1]):
        return ["replace", *given, of]
    raise _Untaught(f"the filter {node.name}")


def _plain(node: nodes.Node | None) -> JsonValue:
    try:
        value = None if node is None else node.as_const() if isinstance(node, nodes.Expr) else _refused(node)
    except nodes.Impossible:
        value = _refused(node)
    return value if isinstance(value, str | int | bool | None) else _refused(node)


def _refused(node: nodes.Node | None) -> JsonValue:
    raise _Untaught(f"“{type(node).__name__.lower()}” where a plain value should stand")


def _part(node: nodes.Getitem) -> JsonValue:
    if not isinstance(node.arg, nodes.Slice) or node.arg.step is not None:
        raise _Untaught("one item of a value")
    return ["slice", _plain(node.arg.start), _plain(node.arg.stop), _step(node.node)]


def _compare(node: nodes.Compare) -> JsonValue:
    if len(node.ops) != 1 or node.ops[0].op not in _COMPARISONS:
        raise _Untaught("a comparison of another kind than ==, !=, <, <=, > and >=")
    return ["compare", node.ops[0].op, _step(node.expr), _step(node.ops[0].expr)]


def _if(node: nodes.If) -> JsonValue:
    otherwise: JsonValue = ["body", *_body(node.else_)]
    for other in reversed(node.elif_):
        otherwise = ["choose", _step(other.test), ["body", *_body(other.body)], otherwise]
    return ["choose", _step(node.test), ["body", *_body(node.body)], otherwise]


def _either(node: nodes.CondExpr) -> JsonValue:
    return ["choose", _step(node.test), _step(node.expr1), _step(node.expr2) if node.expr2 else ["text", ""]]


_STEPS: dict[type[nodes.Node], Callable[..., JsonValue]] = {
    nodes.TemplateData: lambda node: ["text", node.data],
    nodes.Const: _const,
    nodes.Concat: lambda node: ["concat", *map(_step, node.nodes)],
    nodes.Filter: _filter,
    nodes.Getitem: _part,
    nodes.Not: lambda node: ["not", _step(node.node)],
    nodes.And: lambda node: ["and", _step(node.left), _step(node.right)],
    nodes.Or: lambda node: ["or", _step(node.left), _step(node.right)],
    nodes.Compare: _compare,
    nodes.If: _if,
    nodes.CondExpr: _either,
}
