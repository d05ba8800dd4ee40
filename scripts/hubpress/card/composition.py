"""An input template as literal text around its fields, read from Jinja's own syntax tree."""

from __future__ import annotations

import builtins
import json
import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from hubpress.input_template import field_at, fields_of, short_name, tree_of

# What stands for a field's value where the template decides by it. It is long, since a template may leave out a short
# text or cut a long one, and of many kinds of characters, since a filter that changes texts must be seen to change it.
_VALUE = "of {}: <b>A</b> long text,  with \"quotes\" & 'more';\nits 1,000 words are cut where no-one would_see it"

# What a card's snippets say besides, which a variable must not hide.
_TAKEN = frozenset((*dir(builtins), "pipeline", "classifier", "classify"))


class _NotPlain(Exception):
    """The template does more with a field than to put it somewhere."""


@dataclass(frozen=True)
class Field:
    """The place of a record's field in a text."""

    name: str


@dataclass(frozen=True)
class Composition:
    """What a template makes of a record that has all of its fields: literal texts, and the fields between them."""

    parts: tuple[str | Field, ...]

    @classmethod
    def of(cls, template: str) -> Composition | None:
        """Return a template's composition; None where it does more with a field than to put it somewhere."""
        tree, environment = tree_of(template)
        names = fields_of(template)
        values = {_VALUE.format(name): name for name in names}
        _Values({name: value for value, name in values.items()}).visit(tree)
        try:
            parts = _tidied(_Reader(nodes.EvalContext(environment), values).statements(tree.body))
        except (_NotPlain, nodes.Impossible):
            return None
        composition = cls(parts)
        return composition if set(composition.fields) == set(names) else None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields, in the order in which they stand in the text."""
        return tuple(dict.fromkeys(part.name for part in self.parts if isinstance(part, Field)))

    def fill(self, record: Mapping[str, str]) -> str:
        """Return the text with a record's values in the places of its fields."""
        return "".join(record[part.name] if isinstance(part, Field) else part for part in self.parts)

    @property
    def variables(self) -> dict[str, str]:
        """A Python variable for each field, with the field's name where that is one and means nothing else there."""
        found: dict[str, str] = {}
        for name in self.fields:
            variable = name if name.isidentifier() else short_name(name) or "field"
            while keyword.iskeyword(variable) or variable in found.values() or variable in _TAKEN:
                variable += "_"
            found[name] = variable
        return found

    def f_string(self) -> str:
        """Return the text as Python code: an f-string of the variables."""
        variables = self.variables
        code = "".join(
            f"{{{variables[part.name]}}}" if isinstance(part, Field) else part.replace("{", "{{").replace("}", "}}")
            for part in self.parts
        )
        return f"f{json.dumps(code, ensure_ascii=False)}"  # JSON's strings are Python's too


def _tidied(parts: Iterable[str | Field]) -> tuple[str | Field, ...]:
    """Return the parts with neighbouring texts joined, and without white space at the ends, as the model reads them."""
    joined: list[str | Field] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    if joined and isinstance(joined[0], str):
        joined[0] = joined[0].lstrip()
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return tuple(part for part in joined if part)


class _Values(NodeTransformer):
    """Puts values in the places of a tree's fields."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """Return the value of a field, or what is there."""
        name = field_at(node)
        return self.generic_visit(node) if name is None else nodes.Const(self.values[name])


@dataclass(frozen=True)
class _Reader:
    """Reads a tree with values for fields as parts of a text. Raises _NotPlain or Impossible for what is none."""

    context: nodes.EvalContext
    fields: Mapping[str, str]
    """The names of the fields by their values."""

    def statements(self, body: Sequence[nodes.Node]) -> Iterator[str | Field]:
        """Yield what statements print; of a condition the branch that the values lead to."""
        for node in body:
            if isinstance(node, nodes.Output):
                for expression in node.nodes:
                    yield from self.expression(expression)
            elif isinstance(node, nodes.If):
                taken = (branch.body for branch in (node, *node.elif_) if self._holds(branch.test))
                yield from self.statements(next(taken, node.else_))
            else:
                raise _NotPlain

    def expression(self, node: nodes.Expr) -> Iterator[str | Field]:
        """Yield what an expression prints."""
        if isinstance(node, nodes.Concat):
            for part in node.nodes:
                yield from self.expression(part)
        elif isinstance(node, nodes.Add):
            yield from self.expression(node.left)
            yield from self.expression(node.right)
        elif isinstance(node, nodes.CondExpr) and node.expr2:
            yield from self.expression(node.expr1 if self._holds(node.test) else node.expr2)
        elif (text := str(node.as_const(self.context))) in self.fields:
            yield Field(self.fields[text])
        elif any(part.value in self.fields for part in node.find_all(nodes.Const)):
            raise _NotPlain
        else:
            yield text

    def _holds(self, test: nodes.Node) -> bool:
        return isinstance(test, nodes.Expr) and bool(test.as_const(self.context))
