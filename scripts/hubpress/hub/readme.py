"""README.md as the rules see it: front matter with its line numbers, and the Markdown below as tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from huggingface_hub.repocard import REGEX_YAML_BLOCK
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hubpress.layout import CARD
from hubpress.yaml12 import Place, YamlError, YamlText, parse

PYTHON = ("python", "py")
"""What stands behind a fence of Python."""
_FIRST_LINE = 2  # the front matter's own first line is the second of the file


@dataclass(frozen=True)
class Fault:
    """What is wrong with a front matter as a whole: the line in the file (from 1), and what to do."""

    line: int
    text: str


@dataclass(frozen=True)
class CodeBlock:
    """A block of code of a card, fenced or indented."""

    number: int
    """Its place among the card's blocks of its language, from 1: by it a person finds it."""
    language: str
    """The first word behind the fence; empty where there is none."""
    code: str
    words: str
    """The paragraph right above it, empty where there is none."""


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
    aliases: tuple[int, ...] = ()
    """The lines of the front matter's aliases (``*name``)."""

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

    def code_blocks(self) -> Iterator[CodeBlock]:
        """Yield the blocks of code in their order."""
        seen: Counter[str] = Counter()
        for place, token in enumerate(self.tokens):
            if token.type not in ("fence", "code_block"):
                continue
            above = self.tokens[max(0, place - 3) : place]
            follows = [one.type for one in above] == ["paragraph_open", "inline", "paragraph_close"]
            language = next(iter(token.info.split()), "")
            counted = PYTHON[0] if language in PYTHON else language
            seen[counted] += 1
            yield CodeBlock(seen[counted], language, token.content, above[1].content if follows else "")

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
        document = parse(source)
    except YamlError as error:
        fault = f"The front matter is not valid YAML ({error.what}). Correct this line."
        return _with(card, Fault(first + (error.line or 1) - 1, fault))
    if not isinstance(document.value, dict):
        message = "The front matter is not a mapping. Write one `key: value` a line, such as `license: apache-2.0`."
        return _with(card, Fault(first, message))
    lines = {place: first + line - 1 for place, line in document.lines.items()}
    faults, aliases = tuple(_faults(document, first)), tuple(first + line - 1 for line in document.aliases)
    return Card(text, document.value, lines, body, card.body_line, faults, readable=True, aliases=aliases)


def _no_block(text: str) -> Fault:
    if not text.lstrip().startswith("---"):
        return Fault(1, "There is no front matter. Begin the file with `---`, its YAML fields, and `---`.")
    if text.lstrip().split("\n")[1:2] == ["---"]:
        return Fault(1, "The front matter is empty. Write license, language, tags and so on into it.")
    return Fault(1, "The front matter is not closed. End it with a line that holds `---` and nothing else.")


def _with(card: Card, fault: Fault) -> Card:
    return Card(card.text, body=card.body, body_line=card.body_line, faults=(fault,))


def _faults(document: YamlText, first: int) -> list[Fault]:
    """Return what YAML lets pass, by lines: keys given twice, and words that others read otherwise."""
    twice = [
        (line, f"`{name}` is given twice, and only the last one counts. Keep one of them.")
        for line, name in document.repeated_keys
    ]
    misread = [
        (line, f'Python\'s YAML does not read `{word}` as text. Put it in quotes: "{word}".')
        for line, word in document.misread_words
    ]
    return [Fault(first + line - 1, text) for line, text in sorted([*twice, *misread])]
