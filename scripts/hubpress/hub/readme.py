"""README.md as the rules see it: front matter with its line numbers, and the Markdown below as tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hubpress.layout import CARD

Place = tuple[str | int, ...]
"""The way to a value of the front matter: keys and positions, such as ``("model-index", 0, "name")``."""

_FIRST_LINE = 2  # the front matter's own first line is the second of the file
_BOOLEAN = "tag:yaml.org,2002:bool"
_INTEGER = "tag:yaml.org,2002:int"


class _HubLoader(yaml.SafeLoader):
    """PyYAML, but only `true` and `false` are booleans: the Hub reads YAML 1.2, where `no` is Norwegian."""


_HubLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_HubLoader.add_implicit_resolver(_BOOLEAN, yaml.SafeLoader.yaml_implicit_resolvers["t"][0][1], list("tTfF"))


@dataclass(frozen=True)
class Fault:
    """What is wrong with a front matter as a whole: the line in the file (from 1), and what to do."""

    line: int
    text: str


@dataclass(frozen=True)
class Card:
    """A card: ``data`` is empty when the front matter cannot be read, and then ``faults`` says why."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[Place, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    faults: tuple[Fault, ...] = ()
    readable: bool = False

    def where(self, *place: str | int) -> str:
        """Return ``README.md:LINE`` of a value of the front matter, or of the nearest one around it."""
        for length in range(len(place), 0, -1):
            if line := self.lines.get(place[:length]):
                return f"{CARD}:{line}"
        return f"{CARD}:1"

    def at(self, line: int) -> str:
        """Return ``README.md:LINE`` for a line of the body, counted from 0 as Markdown tokens do."""
        return f"{CARD}:{self.body_line + line}"

    @cached_property
    def tokens(self) -> list[Token]:
        """Return the body's Markdown tokens: CommonMark with tables, as the Hub renders it."""
        markdown = MarkdownIt("commonmark").enable("table")
        markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # else file: links would be plain text
        return markdown.parse(f"{self.body}\n")  # an open fence without a last newline would count as closed

    def inlines(self) -> Iterator[tuple[int, Token]]:
        """Yield every inline token (text, image, link, HTML), with its line in the body."""
        for token in self.tokens:
            line = token.map[0] if token.map else 0
            if token.type == "html_block":
                yield line, token
            for child in token.children or ():
                yield line, child
                line += child.type in ("softbreak", "hardbreak")

    @cached_property
    def plain_lines(self) -> list[tuple[int, str]]:
        """Return the file's lines with their numbers, without blocks of code."""
        fenced = {
            line
            for token in self.tokens
            if token.type in ("fence", "code_block") and token.map
            for line in range(self.body_line + token.map[0], self.body_line + token.map[1])
        }
        return [(number, line) for number, line in enumerate(self.text.split("\n"), 1) if number not in fenced]


def read_card(text: str) -> Card:
    """Take a card apart. What is wrong with its front matter as a whole is in ``faults``; nothing is raised."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    block = REGEX_YAML_BLOCK.search(text)
    if block is None:
        return Card(text, body=text, faults=(_no_block(text),))
    source, body = block.group(2), text[block.end() :]
    first = _FIRST_LINE + block.group(1).count("\n") - 1
    card = Card(text, body=body, body_line=text[: block.end()].count("\n") + 1)
    try:
        node = yaml.compose(source, yaml.SafeLoader)
        data = yaml.load(source, _HubLoader)
    except yaml.MarkedYAMLError as error:
        line = first + (error.problem_mark.line if error.problem_mark else 0)
        return _unreadable(card, line, str(error.problem or "it is not YAML"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _unreadable(card, first, str(error).split("\n")[0])
    if not isinstance(node, yaml.MappingNode) or not isinstance(data, dict):
        message = "The front matter is not a mapping. Write one `key: value` a line, such as `license: apache-2.0`."
        return _with(card, Fault(first, message))
    lines: dict[Place, int] = {}
    faults = tuple(_walk(node, (), first, lines, set()))
    return Card(text, data, lines, body, card.body_line, faults, readable=True)


def _no_block(text: str) -> Fault:
    if not text.lstrip().startswith("---"):
        return Fault(1, "There is no front matter. Begin the file with `---`, its YAML fields, and `---`.")
    if text.lstrip().split("\n")[1:2] == ["---"]:
        return Fault(1, "The front matter is empty. Write license, language, tags and so on into it.")
    return Fault(1, "The front matter is not closed. End it with a line that holds `---` and nothing else.")


def _unreadable(card: Card, line: int, why: str) -> Card:
    return _with(card, Fault(line, f"The front matter is not valid YAML ({why}). Correct this line."))


def _with(card: Card, fault: Fault) -> Card:
    return Card(card.text, body=card.body, body_line=card.body_line, faults=(fault,))


def _walk(node: yaml.Node, place: Place, first: int, lines: dict[Place, int], seen: set[int]) -> Iterator[Fault]:
    """Note the line of every value, and yield what YAML lets pass: keys given twice, words turned into others."""
    if id(node) in seen:  # an alias; a node that contains itself would never end
        return
    seen.add(id(node))
    line = first + node.start_mark.line
    lines.setdefault(place, line)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _walk(item, (*place, number), first, lines, seen)
    elif isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), first + key.start_mark.line
            lines[(*place, name)] = line
            if name in keys:
                text = f"`{name}` is given twice, and only the last one counts. Keep one of them."
                yield Fault(line, text)
            keys.add(name)
            yield from _walk(value, (*place, name), first, lines, seen)
    elif isinstance(node, yaml.ScalarNode) and _mangled(node):
        text = f'Python\'s YAML does not read `{node.value}` as text. Put it in quotes: "{node.value}".'
        yield Fault(line, text)


def _mangled(node: yaml.ScalarNode) -> bool:
    words = node.tag == _BOOLEAN and node.value.lower() not in ("true", "false")
    return words or (node.tag == _INTEGER and ":" in node.value)  # 12:30 is 750 to YAML 1.1
