"""YAML as a recipe's writer means it: plain scalars, keys that stand once, and the line of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hubpress.errors import RecipeError

Place = tuple[str | int, ...]


def read_mapping(path: Path, *, shown: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return the mapping that a YAML file holds, and the line of every value in it, counted from 1.

    Raises RecipeError, with *shown* as the file's name, for a file that cannot be read or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError([f"{shown}: is not UTF-8 (byte {error.start}). Save it as UTF-8."]) from error
    except OSError as error:
        raise RecipeError([f"{shown}: cannot be read: {error.strerror}."]) from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        raw = parse(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise RecipeError([f"{shown}{line}: is not valid YAML: {error.problem or error.context}."]) from error
    except RecursionError as error:
        raise RecipeError([f"{shown}: is not valid YAML: nested too deeply."]) from error
    except (yaml.YAMLError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise RecipeError([f"{shown}: is not valid YAML: {first}."]) from error
    if not isinstance(raw, dict) or node is None:
        what = "is empty" if raw is None else "is not a mapping"
        raise RecipeError([f"{shown}: {what}; it needs keys such as title:."])
    return raw, dict(_lines(node, ()))


def parse(text: str) -> Any:
    """Return what a YAML text says. Raises ``yaml.YAMLError`` or ``ValueError``."""
    return yaml.load(text, Loader=_Loader)


class _Loader(yaml.SafeLoader):
    """YAML with the scalars that people mean: ``1e-5`` is a number, ``no`` is Norwegian, a key stands once."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few aliases can say a million values
            event = self.peek_event()  # type: ignore[no-untyped-call]
            problem = f"an alias (*{event.anchor}) is not allowed; write the value out"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            problem = None
            if not isinstance(key, str):
                problem = f"the key {key!r} is not text; put it in quotes"
            elif key in seen:
                problem = f"the key {key!r} stands twice"
            if problem:
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_BOOL, _FLOAT, _TIME = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _FLOAT, _TIME)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"^[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|Inf|INF|nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


def _lines(node: yaml.Node, where: Place) -> Iterator[tuple[Place, int]]:
    """Yield every value's path with its line."""
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            path = (*where, str(key_node.value))
            yield path, key_node.start_mark.line + 1
            yield from _lines(value_node, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            path = (*where, index)
            yield path, item.start_mark.line + 1
            yield from _lines(item, path)
