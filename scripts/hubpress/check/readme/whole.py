"""The card is there to its end: one that was cut off reads well as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.readme import read_card
from hubpress.layout import CARD, EVALUATION, REPORT, TRAINING
from hubpress.text import listed, quoted

_AGAIN = "It may have been cut off: render it again."


def tables(staged: Staged) -> Iterator[Problem]:
    """The last line of a table is as wide as its head: CommonMark would fill up what was cut off."""
    if staged.card is None:
        return
    lines = staged.card.body.splitlines()
    for token in staged.card.tokens:
        if token.type == "table_open" and token.map and _is_cut(lines, token):
            yield Problem(
                staged.card.at(token.map[1] - 1), f"The last line of this table is not closed by a |. {_AGAIN}"
            )


def report(staged: Staged) -> Iterator[Problem]:
    """The report that a release's card links is whole, and its figures are in the folder."""
    if REPORT not in staged.files:  # where the card links it, `links` says so
        return
    text = staged.texts[REPORT]
    told = read_card(text)
    lines = told.body.splitlines()
    if not text.endswith("\n") or "# " not in text:
        yield Problem(f"{REPORT}:{len(lines)}", f"It ends in the middle of a line. {_AGAIN}")
    for token in told.tokens:
        if token.type == "table_open" and token.map and _is_cut(lines, token):
            where = f"{REPORT}:{token.map[1]}"
            yield Problem(where, f"The last line of this table is not closed by a |. {_AGAIN}")
    for line, token in told.inlines():
        source = str(token.attrs.get("src", ""))
        if token.type == "image" and source not in staged.files:
            yield Problem(f"{REPORT}:{line + 1}", f"The image {quoted(source)} is not in the folder. {_AGAIN}")


def _is_cut(lines: list[str], table: Token) -> bool:
    assert table.map is not None
    first, last = lines[table.map[0]].strip(), lines[table.map[1] - 1].strip()
    return first.startswith("|") and first.endswith("|") and last.startswith("|") and not last.endswith("|")


def ending(staged: Staged) -> Iterator[Problem]:
    """A release's card ends with a whole line, and names, as its last words do, the files of its numbers."""
    card = staged.card
    if card is None or not card.readable or not card.body.strip():
        return
    if not card.text.endswith("\n"):
        yield Problem(card.at(card.body.count("\n")), f"The card ends in the middle of a line. {_AGAIN}")
    if absent := [name for name in (EVALUATION, TRAINING) if name in staged.files and name not in card.text]:
        yield Problem(CARD, f"The card does not name {listed(absent)}, where its numbers are. {_AGAIN}")
