"""YAML as people and the Hub mean it, with the line of every value: the only place where hubpress reads any."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hubpress.errors import RecipeError, first_line
from hubpress.text import quoted

YamlMapping = dict[str, Any]
"""A mapping as somebody wrote it, of whose values nothing is known yet."""

Place = tuple[str | int, ...]
"""The way to a value: keys and positions, such as ``("widget", 0, "text")``."""

DEEPEST = 100
"""How many mappings and lists may stand in one another."""
_TOO_DEEP = "nested too deeply"

_STR, _BOOL, _INT, _FLOAT, _TIME = (
    f"tag:yaml.org,2002:{name}" for name in ("str", "bool", "int", "float", "timestamp")
)

# The plain words that are no texts: their tag -> a pattern, and the letters that they begin with. To YAML 1.2 1_000 is
# text, but whoever writes it means a number.
_SCALARS = {
    _BOOL: (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    _INT: (r"[-+]?(?:[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+)", "-+0123456789"),
    _FLOAT: (
        r"[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+"
        r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
}


_MOST_VALUES = 100_000  # where there are aliases


class YamlError(ValueError):
    """A text that is not valid YAML: *line*, counted from 1, where it is known, and *what* is wrong."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


@dataclass(frozen=True)
class YamlText:
    """What a YAML text says, and the line of everything in it, counted from 1."""

    value: Any
    lines: dict[Place, int]
    """The line of every value; the line of a key for what has one."""
    repeated_keys: tuple[tuple[int, str], ...] = ()
    """The line and the name of each key that stands twice in its mapping; the last one counts."""
    misread_words: tuple[tuple[int, str], ...] = ()
    """The line of each text that Python's own YAML reads as something else, such as ``no`` or ``12:30``."""
    aliases: tuple[int, ...] = ()
    """The line of each alias (``*name``)."""


def parse(text: str) -> YamlText:
    """Return what a text says, by the rules of YAML 1.2; a date is a date.

    Raises YamlError, also where aliases make a few lines stand for more values than anybody wrote.
    """
    return _parsed(text, _Loader)


def parse_recipe(text: str) -> YamlText:
    """Return what a text of a recipe says. Raises YamlError, also for aliases, and for keys that stand twice or are
    not text. A date is text: recipes have no dates, but labels that look like one."""
    return _parsed(text, _RecipeLoader)


def read_mapping(path: Path, *, display_name: str) -> YamlText:
    """Return what a recipe's file says, which is a mapping.

    Raises RecipeError, with *display_name* as the file's name, for a file that cannot be read or holds no mapping.
    """
    try:
        document = parse_recipe(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RecipeError([f"{display_name}: is not UTF-8 (byte {error.start}). Save it as UTF-8."]) from error
    except OSError as error:
        raise RecipeError([f"{display_name}: cannot be read: {error.strerror}."]) from error
    except YamlError as error:
        line = f":{error.line}" if error.line else ""
        raise RecipeError([f"{display_name}{line}: is not valid YAML: {error.what}."]) from error
    if not isinstance(document.value, dict):
        what = "is empty" if document.value is None else "is not a mapping"
        raise RecipeError([f"{display_name}: {what}; it needs keys such as title:."])
    return document


def _parsed(text: str, loader_class: type[_Loader]) -> YamlText:
    try:
        loader = loader_class(text)
        node = loader.get_single_node()
        if node is None:
            return YamlText(None, {})
        if loader.aliases and _count(node, {}) > _MOST_VALUES:
            raise YamlError(f"its aliases stand for more than {_MOST_VALUES:,} values", loader.aliases[0])
        walk = _Walk()
        walk.note(node, (), node.start_mark.line + 1)
        value = loader.construct_document(node)  # which changes the node, where a mapping is merged into it
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "it is not YAML"
        raise YamlError(what, mark.line + 1 if mark else None) from error
    except RecursionError as error:
        raise YamlError(_TOO_DEEP) from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(first_line(error)) from error
    return YamlText(value, walk.lines, tuple(walk.repeated_keys), tuple(walk.misread_words), tuple(loader.aliases))


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values a node is, with each alias written out, but for one inside the value that it names."""
    if id(node) not in known:
        known[id(node)] = 0
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_count(part, known) for part in parts)
    return known[id(node)]


def text_of(values: YamlMapping | list[YamlMapping]) -> str:
    """Return a mapping as a recipe has it, or a list of some: `parse_recipe` reads the same values from it."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)


class _Walk:
    """Notes where everything in a document stands. What an alias repeats is noted where it stands first."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.repeated_keys: list[tuple[int, str]] = []
        self.misread_words: list[tuple[int, str]] = []
        self._seen: set[int] = set()

    def note(self, node: yaml.Node, place: Place, line: int) -> None:
        """Note the value at *place*, which begins on *line*, and what is inside it."""
        if len(place) > DEEPEST:  # what reads it later would end in the middle of its work
            raise YamlError(_TOO_DEEP, line)
        self.lines[place] = line
        if id(node) in self._seen:  # a node that contains itself would never end
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self.note(item, (*place, number), item.start_mark.line + 1)
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if name in keys:
                    self.repeated_keys.append((line, name))
                keys.add(name)
                self.note(value, (*place, name), line)
        elif _is_misread(node):
            self.misread_words.append((node.start_mark.line + 1, node.value))


def _is_misread(node: yaml.Node) -> bool:
    """Return whether Python's YAML, which is of version 1.1, takes a text for a truth value or a number."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != _STR or node.style is not None:
        return False
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(node.value[:1], [])
    return any(tag in (_BOOL, _INT) and pattern.match(node.value) for tag, pattern in resolvers)


class _Loader(yaml.SafeLoader):
    """PyYAML with the scalars of YAML 1.2: ``1e-5`` is a number, ``no`` is Norwegian, ``12:30`` is text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.aliases: list[int] = []

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self.aliases.append(self.peek_event().start_mark.line + 1)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_whole_number(self, node: yaml.ScalarNode) -> int:
        """Return a whole number; only ``0o`` and ``0x`` make it another than a decimal one."""
        digits = node.value.replace("_", "")
        return int(digits, 0 if digits.lstrip("+-")[:2] in ("0o", "0x") else 10)


def _rules_without(loader: type[yaml.SafeLoader], *left_out: str) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Return a loader's rules by which a plain word is no text, without those of the tags that are left out."""
    return {
        first: [(tag, pattern) for tag, pattern in rules if tag not in left_out]
        for first, rules in loader.yaml_implicit_resolvers.items()
    }


_Loader.yaml_implicit_resolvers = _rules_without(yaml.SafeLoader, _BOOL, _INT, _FLOAT)
for _tag, (_pattern, _letters) in _SCALARS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_letters))
_Loader.add_constructor(_INT, _Loader.construct_whole_number)


class _RecipeLoader(_Loader):
    """The same for recipes: each key is text and stands once, no value stands for another, and a date is text."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few aliases can say a million values
            event = self.peek_event()  # type: ignore[no-untyped-call]
            problem = f"an alias (*{event.anchor}) is not allowed; write the value out"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
            problem = f"{quoted(value)} holds a character that stands in no text and no file's name"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return value

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


_RecipeLoader.yaml_implicit_resolvers = _rules_without(_Loader, _TIME)


class _Dumper(yaml.SafeDumper):
    """Puts every text in quotes that YAML of either version reads as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out: a recipe has no aliases."""
        return True


_Dumper.yaml_implicit_resolvers = {
    letter: [*rules] for letter, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
for _tag, (_pattern, _letters) in _SCALARS.items():
    _Dumper.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_letters))
