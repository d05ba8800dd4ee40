"""Where the card points: images, files beside it, its own headings."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from hubpress.check.files.leaks import MACHINE_PATH
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.readme import Card
from hubpress.text import quoted
from hubpress.this_machine import is_local

_TORN = re.compile(r"(?<!\\)\]\(")


@dataclass(frozen=True)
class Target:
    """Something that the card points at: ``alt`` is an image's text, and ``None`` for a link."""

    line: int
    url: str
    alt: str | None = None


def images(staged: Staged) -> Iterator[Problem]:
    """Every image is in the folder or on the Web, and says in words what it shows."""
    for card, target in targets(staged):
        if target.alt is None:
            continue
        where = card.at(target.line)
        if fault := _fault(staged, target.url):
            yield Problem(where, f"The image {quoted(target.url)} {fault}")
        if not target.alt.strip():
            text = f"The image {quoted(target.url)} has no alt text. Say in words what it shows."
            yield Problem(where, text)


def links(staged: Staged) -> Iterator[Problem]:
    """Every link leads somewhere: to a file of the folder, a heading of the card, or the Web."""
    for card, target in targets(staged):
        if target.alt is not None:
            continue
        if target.url == "#":  # the top of the page
            continue
        if target.url.startswith("#"):
            if unquote(target.url[1:]).lower() not in _anchors(card):
                text = f"The link {quoted(target.url)} names no heading of the card. Correct it to the heading's words."
                yield Problem(card.at(target.line), text)
        elif fault := _fault(staged, target.url):
            yield Problem(card.at(target.line), f"The link {quoted(target.url)} {fault}")


def torn_links(staged: Staged) -> Iterator[Problem]:
    """No Markdown link is left standing as text because a bracket is missing."""
    if staged.card is None:
        return
    source = staged.card.body.split("\n")
    for line, token in staged.card.inlines():
        # An escaped bracket is meant as text.
        if token.type == "text" and "](" in token.content and _TORN.search("\n".join(source[line : line + 2])):
            text = f"The link in {quoted(token.content.strip())} lacks a bracket. Write [words](address)."
            yield Problem(staged.card.at(line), text)


def targets(staged: Staged) -> Iterator[tuple[Card, Target]]:
    """Yield everything that the card points at, in Markdown and in HTML."""
    if staged.card is None:
        return
    for line, token in staged.card.inlines():
        if token.type == "image":
            yield staged.card, Target(line, str(token.attrs.get("src", "")), token.content)
        elif token.type == "link_open":
            yield staged.card, Target(line, str(token.attrs.get("href", "")))
        elif token.type in ("html_inline", "html_block"):
            for target in _in_html(line, token.content):
                yield staged.card, target


def _fault(staged: Staged, url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "is not a URL. Correct it."
    path = unquote(parts.path)
    name = posixpath.normpath(path) if path else ""
    relative = not parts.scheme and not parts.netloc
    add = "Add it; a recipe does so by `files`." if staged.is_ours else "Add it."
    faults = (
        (not url, "has no address. Write one, or take it out."),
        (is_local(url), "leads to this machine. Write an address that readers can reach."),
        (parts.scheme == "file" or len(parts.scheme) == 1, "is on this machine. Copy the file into the folder."),
        (parts.scheme in ("javascript", "vbscript"), "is code, which the Hub takes out. Write an address."),
        (relative and path.startswith("/"), "is an absolute path. Write it relative to the card, or as a URL."),
        (relative and name.startswith(".."), "lies outside the folder. Copy the file into it."),
        (relative and path and name not in {entry.name for entry in staged.entries}, f"is not in the folder. {add}"),
    )
    if MACHINE_PATH.search(url):  # `leaks.machine_paths` says so
        return None
    return next((sentence for wrong, sentence in faults if wrong), None)


def _anchors(card: Card) -> set[str]:
    anchors: set[str] = set()
    seen: Counter[str] = Counter()
    for position, token in enumerate(card.tokens):
        if token.type == "heading_open":
            inline = card.tokens[position + 1]
            title = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
            slug = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return anchors | {name.lower() for name in re.findall(r"""<[^>]+\b(?:id|name)=["']([^"']+)["']""", card.body)}


class _Tag(HTMLParser):
    """Reads the attributes of one tag; whole pages go past it, since it raises on declarations it does not know."""

    attributes: Mapping[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes = dict(attrs)


def _in_html(line: int, html: str) -> Iterator[Target]:
    html = re.sub(r"<!--.*?(-->|\Z)", lambda comment: "\n" * comment[0].count("\n"), html, flags=re.DOTALL)
    for found in re.finditer(r"<(img|a)\b[^>]*>", html, re.IGNORECASE):
        parser = _Tag()
        parser.feed(found[0])
        at = line + html.count("\n", 0, found.start())
        if found[1].lower() == "img":
            yield Target(at, parser.attributes.get("src") or "", parser.attributes.get("alt") or "")
        elif "href" in parser.attributes:
            yield Target(at, parser.attributes["href"] or "")
