"""Texts of templates that nobody has replaced: of our own, of huggingface_hub's card, and of what trainers write."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.placeholders import only_dots, placeholder, template_field
from hubpress.layout import CARD
from hubpress.text import quoted


def placeholders(staged: Staged) -> Iterator[Problem]:
    """No text of a template is left where somebody meant to write something."""
    if staged.card is None:
        return
    for number, line in enumerate(staged.card.text.split("\n"), 1):
        if number < staged.card.body_line or line.startswith("|"):
            continue  # examples from records, which may hold anything
        if left_over := placeholder(line):
            yield _left_over(left_over, number)
    for number, line in staged.card.plain_lines:
        if number < staged.card.body_line:
            continue
        if only_dots(line):
            yield _left_over(line.strip(), number)
        if found := template_field(line):
            text = f"{quoted(found)} is left over from a template. Render the card again, or quote it as code."
            yield Problem(f"{CARD}:{number}", text)


def _left_over(words: str, number: int) -> Problem:
    text = f"{quoted(words)} is a placeholder. Write what belongs there, or take the line out."
    return Problem(f"{CARD}:{number}", text)
