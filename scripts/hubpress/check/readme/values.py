"""Values of the front matter in a form that the Hub does not take, such as numbers where it wants a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hubpress.check.kind import SPACES, Kind
from hubpress.check.problem import Problem
from hubpress.check.readme.front_matter import required_of
from hubpress.check.space.readme import REQUIRED as SPACE_REQUIRED
from hubpress.check.staged import Staged
from hubpress.hub.field_types import wrong_forms
from hubpress.hub.loose_values import is_given
from hubpress.text import quoted

# Their own rules say what is wrong with them, and more.
_ELSEWHERE = {"widget", "preload_from_hub", "app_file"}
_OF_ONE_TEXT = {"short_description", "colorFrom", "colorTo"}
_REQUIRED_OF_SPACES: Mapping[Kind, Mapping[str, str]] = {Kind.OWN_SPACE: SPACE_REQUIRED, Kind.SPACE: {}}
_JUDGED = {"license", "language", "tags", "metrics", *_OF_ONE_TEXT}


def empty(staged: Staged) -> Iterator[Problem]:
    """No field of which the Hub judges the value is left without one; of those that must be given others speak."""
    required = _REQUIRED_OF_SPACES[staged.kind] if staged.kind in SPACES else required_of(staged)
    for name in sorted((_JUDGED & staged.fields.keys()) - required.keys()):
        value = staged.fields[name]
        if not is_given(value) and (value != [] or name in _OF_ONE_TEXT):
            text = f"`{name}` is empty, and the Hub refuses it so. Write a value, or leave the field out."
            yield Problem(staged.where(name), text)


def values(staged: Staged) -> Iterator[Problem]:
    """Every field has the form that the Hub takes: texts, lists, mappings, true or false."""
    for wrong in wrong_forms(staged.fields):
        if wrong.place[0] not in _ELSEWHERE:
            text = f"`{wrong.short_name}` {quoted(wrong.value)} {wrong.sentence}"
            yield Problem(staged.where(*wrong.place), text)
