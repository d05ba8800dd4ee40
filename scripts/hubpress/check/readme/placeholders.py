"""Texts of templates that nobody has replaced: of our own, of huggingface_hub's card, and of what trainers write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubpress.check.kind import SPACES, Kind
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list
from hubpress.hub.placeholders import only_dots, placeholder, template_field
from hubpress.layout import CARD
from hubpress.text import quoted

# What `hubpress new` writes; its sample is released as it stands.
_NEW_MODEL = re.compile(r"\bSay here\b[^\n.]{0,40}")


def placeholders(staged: Staged) -> Iterator[Problem]:
    """No text of a template is left where somebody meant to write something."""
    if staged.card is None:
        return
    is_sample = _is_sample(staged)
    for number, line in enumerate(staged.card.text.split("\n"), 1):
        if number < staged.card.body_line or line.startswith("|"):
            continue  # examples from records, which may hold anything
        new = None if is_sample else _NEW_MODEL.search(line)
        if left_over := placeholder(line) or (new and new[0]):
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


def _is_sample(staged: Staged) -> bool:
    if staged.kind in {*SPACES, Kind.OWN_DATA_SET}:  # they have no evaluation, but say so in their tags
        return "sample" in as_list(staged.fields.get("tags"))
    return staged.evaluation is not None and staged.evaluation.sample.is_sample
