"""Values of the front matter in a form that the Hub does not take, such as numbers where it wants a text."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.field_types import wrong_forms
from hubpress.text import quoted

# Their own rules say what is wrong with them, and more.
_ELSEWHERE = {"widget", "preload_from_hub", "app_file"}


def values(staged: Staged) -> Iterator[Problem]:
    """Every field has the form that the Hub takes: texts, lists, mappings, true or false."""
    for wrong in wrong_forms(staged.fields):
        if wrong.place[0] not in _ELSEWHERE:
            text = f"`{wrong.short_name}` {quoted(wrong.value)} {wrong.sentence}"
            yield Problem(staged.where(*wrong.place), text)
