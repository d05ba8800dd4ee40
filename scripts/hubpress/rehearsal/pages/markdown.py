"""Markdown of a card -> HTML for a page: as the Hub renders it, harmless whoever wrote it, asking nobody else."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

# Tag -> attributes. What is not here goes, and its text stays; of scripts and styles nothing stays.
_PLAIN = """
abbr b blockquote br caption dd del div dl dt em hr i ins kbd li p pre s samp small span strong sub summary sup table
tbody tfoot thead tr u ul var
"""
_TAGS = {tag: set[str]() for tag in _PLAIN.split()}
_TAGS |= {f"h{level}": {"id"} for level in range(1, 7)}
_TAGS |= {cell: {"align", "colspan", "rowspan"} for cell in ("td", "th")}
_TAGS |= {"a": {"href", "id", "title"}, "code": {"class"}, "details": {"open"}, "ol": {"start"}}
_TAGS |= {"img": {"alt", "height", "src", "width"}}
_SCHEMES = {"http", "https", "mailto"}
_ID_PREFIX = "card-"  # a heading "Files" of a card is not the page's own
_LANGUAGE = re.compile(r"language-[\w+#.-]+")
_IMAGE = re.compile(r'<img((?:\s[\w-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_DEEPEST = 6
_LONGEST = 256 * 1024
_HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Place:
    """Where a text stands: the repository's page (``/OWNER/NAME``), the commit, and that commit's files."""

    page: str
    sha: str
    files: frozenset[str]

    def address(self, path: str) -> str:
        """Return where a file of the commit is served."""
        return f"{self.page}/resolve/{self.sha}/{quote(path)}"

    def image(self, source: str) -> str | None:
        """Return the address of an image if it is one of the commit's files, else None: it is not fetched."""
        path = self._path(source)
        return self.address(path) if path in self.files else None

    def link(self, target: str) -> str:
        """Return a link as it works on the page: to headings of the card, to files of the commit, to the same model or
        its Space on this Hub, or as it stands."""
        if target.startswith("#"):
            return f"#{_ID_PREFIX}{target[1:]}"
        if target.startswith(f"{_HUB}/"):  # a card names the Hub that it is written for
            there = target.removeprefix(_HUB)
            ours = [link.removeprefix("/spaces").split("/")[:3] for link in (there, self.page)]
            return there if ours[0] == ours[1] else target
        path = self._path(target)
        if path is None:
            return target
        return self.address(path) if path in self.files else f"{self.page}/tree/{self.sha}"

    def _path(self, target: str) -> str | None:
        """Return a relative link's path inside the repository, None for one that leads elsewhere."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        # To a browser a backslash is a slash, and two of them begin the name of another host.
        if parts.scheme or parts.netloc or not parts.path or parts.path[0] in "/\\":
            return None
        return posixpath.normpath(unquote(parts.path))


@lru_cache(maxsize=64)
def render(text: str, place: Place) -> Markup:
    """Return Markdown as sanitised HTML whose headings begin at level 2, below the page's own.

    What is too long to be rendered while somebody waits stands there as it was written.
    """
    if len(text) > _LONGEST:
        return Markup('<pre tabindex="0">{}</pre>').format(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    _order_headings(tokens)
    for token in tokens:
        # As an attribute that survives the sanitiser, and a policy that forbids inline styles.
        if style := token.attrs.pop("style", None):
            token.attrs["align"] = str(style).rpartition(":")[2]
    clean = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=set(_TAGS),
        attributes=_TAGS,
        attribute_filter=_filter(place),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    clean = _IMAGE.sub(_picture, clean)
    # What is wider than a phone is scrolled by itself, also by the keyboard.
    clean = clean.replace("<table>", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>')
    return Markup(clean.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">'))


def _order_headings(tokens: Sequence[Token]) -> None:
    """Put headings one level down, leave no level out, and give each an id made of its words."""
    above, used = 1, dict[str, int]()
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "heading_open":
            above = min(int(opening.tag[1]) + 1, above + 1, _DEEPEST)
            opening.tag = closing.tag = f"h{above}"
            slug = re.sub(r"[^\w\- ]", "", inline.content.lower()).strip().replace(" ", "-")
            number = used[slug] = used.get(slug, -1) + 1
            opening.attrs["id"] = f"{slug}-{number}" if number else slug


def _filter(place: Place) -> Callable[[str, str, str], str | None]:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        match tag, attribute:
            case "img", "src":
                return place.image(value)
            case "a", "href":
                return place.link(value)
            case "code", "class":
                return value if _LANGUAGE.fullmatch(value) else None
            case _, "id":
                return f"{_ID_PREFIX}{value}"
        return value

    return keep


def _picture(tag: re.Match[str]) -> str:
    """Return an image that has an address, else its alternative text."""
    attributes = dict(_ATTRIBUTE.findall(tag[1]))
    if "src" in attributes:
        return tag[0] if "alt" in attributes else tag[0].replace("<img", '<img alt=""')
    words = html.unescape(attributes.get("alt", "")).strip() or "image"
    return f'<span class="unfetched">{escape(words)}</span>'
