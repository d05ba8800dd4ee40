"""What the card says: no placeholder left over, no section without content, no README that nobody could load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it.token import Token

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list
from hubpress.hub.readme import Card
from hubpress.layout import CARD
from hubpress.text import quoted

LARGEST_CARD = 1_000_000  # bytes; 4,516 labels in a table take about 300,000

# Left over wherever they stand, code included: a snippet with `<your token>` in it does not run.
_PLACEHOLDERS = (
    re.compile(r"\b(?:TODO|FIXME|TBD)\b"),
    re.compile(r"\bXXX+\b"),
    re.compile(r"\[More Information Needed\]", re.IGNORECASE),
    re.compile(r"\blorem ipsum\b", re.IGNORECASE),
    re.compile(r"<your[ _-][^>\n]*>?", re.IGNORECASE),
    re.compile(r"\byour[-_](?:user(?:name)?|org(?:anization)?|name|model|repo|token)\b", re.IGNORECASE),
    re.compile(r"[\[{<(]\s*insert\b[^\n]{0,30}", re.IGNORECASE),
    re.compile(r"\bINSERT [A-Z ]*HERE\b"),
    re.compile(r"<!--\s*Provide\b[^\n]{0,30}"),  # huggingface_hub's own template
)
# What `hubpress new` writes; its sample is released as it stands.
_NEW_MODEL = re.compile(r"\bSay here\b[^\n.]{0,40}")
# In code these may be meant: a card shows the model's input_template. What holds no name is somebody's text.
_TEMPLATE = re.compile(r"\{\{[-+]?\s*[^\W\d](?:[^\n]{0,40}?\}\})?|\{%[-+]?\s*[^\W\d](?:[^\n]{0,40}?%\})?")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def placeholders(staged: Staged) -> Iterator[Problem]:
    """No text of a template is left where somebody meant to write something."""
    if staged.card is None:
        return
    patterns = _PLACEHOLDERS if _is_sample(staged) else (*_PLACEHOLDERS, _NEW_MODEL)
    for number, line in enumerate(staged.card.text.split("\n"), 1):
        if number < staged.card.body_line or line.startswith("|"):
            continue  # examples from records, which may hold anything
        for pattern in patterns:
            if found := pattern.search(line):
                text = f"{quoted(found[0])} is a placeholder. Write what belongs there, or take the line out."
                yield Problem(f"{CARD}:{number}", text)
                break
    for number, line in staged.card.plain_lines:
        if number < staged.card.body_line:
            continue
        if found := _TEMPLATE.search(_CODE_SPAN.sub("", line)):
            text = f"{quoted(found[0])} is left over from a template. Render the card again, or quote it as code."
            yield Problem(f"{CARD}:{number}", text)


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


def _is_sample(staged: Staged) -> bool:
    if staged.is_space:  # has no evaluation, but says so in its tags
        return "sample" in as_list(staged.fields.get("tags"))
    return staged.evaluation is not None and staged.evaluation.sample.is_sample


def _is_content(token: Token) -> bool:
    if token.type == "html_block":
        return bool(re.sub(r"<!--.*?-->", "", token.content, flags=re.DOTALL).strip())
    return token.type in ("inline", "fence", "code_block") and bool(token.content.strip())


def _at(card: Card, token: Token) -> str:
    return card.at(token.map[0] if token.map else 0)
