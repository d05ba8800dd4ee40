"""What the card says: no section without content, no README that nobody could load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it.token import Token

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.readme import Card
from hubpress.layout import CARD
from hubpress.text import quoted

LARGEST_CARD = 1_000_000  # bytes; 4,516 labels in a table take about 300,000


def empty_sections(staged: Staged) -> Iterator[Problem]:
    """Every heading has something below it before the next heading of its level or above."""
    if staged.card is None:
        return
    tokens = staged.card.tokens
    starts = [position for position, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in pairwise([*starts, len(tokens)]):
        following = int(tokens[end].tag[1]) if end < len(tokens) else 0
        if following > int(tokens[start].tag[1]):  # sub-sections are content
            continue
        if not any(_is_content(token) for token in tokens[start + 3 : end]):  # open, inline, close
            title = tokens[start + 1].content
            text = f"The section {quoted(title)} is empty. Write it, or take its heading out."
            yield Problem(_at(staged.card, tokens[start]), text)


def size(staged: Staged) -> Iterator[Problem]:
    """The card is small enough to be read in a browser."""
    entry = staged.files.get(CARD)
    if entry and entry.size > LARGEST_CARD:
        text = f"The card has {entry.size:,} bytes; over {LARGEST_CARD:,} a page loads badly. Move tables into files."
        yield Problem(CARD, text)


def _is_content(token: Token) -> bool:
    if token.type == "html_block":
        return bool(re.sub(r"<!--.*?-->", "", token.content, flags=re.DOTALL).strip())
    return token.type in ("inline", "fence", "code_block") and bool(token.content.strip())


def _at(card: Card, token: Token) -> str:
    return card.at(token.map[0] if token.map else 0)
