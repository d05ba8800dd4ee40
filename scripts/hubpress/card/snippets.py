"""What the card's Python snippets say to the model: texts, records, and how a text is put together from its fields."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubpress.card.composition import Composition
from hubpress.input_template import fields_of
from hubpress.schemas.answers import WidgetAnswer

_WIDTH = 88
_LONGEST_LISTED = 200  # characters of a text that stands in a list of several
_MOST_LISTED = 5


@dataclass(frozen=True)
class SnippetExamples:
    """Examples for the snippets, out of those that the widget shows with the model's own answers."""

    text: str
    texts: Sequence[str]
    """Several short ones."""
    fields: Sequence[str]
    """The fields of the input template."""
    records: Sequence[Mapping[str, str]]
    """Two at most."""
    variables: Mapping[str, str]
    """Python variables for the first record's fields, by the fields' names; none where no f-string is shown."""
    f_string: str | None
    """Code that makes of those variables what the model reads; None where no f-string does."""
    pairs: Sequence[Mapping[str, str]] = ()
    """Pairs of texts as the pipeline is given them, the first one first; none of a model that reads single texts."""

    @classmethod
    def of(cls, templates: Sequence[str], widget: Sequence[WidgetAnswer]) -> SnippetExamples:
        """Return the examples of a card's snippets. Without an input template the model reads plain texts."""
        if len(templates) > 1:
            return cls._of_pairs(templates, widget)
        template = next(iter(templates), None)
        texts = [example.text for example in widget]
        short = [text for text in texts if len(text) <= _LONGEST_LISTED][:_MOST_LISTED] or texts[:2]
        composition = Composition.of(template) if template else None
        fields = composition.fields if composition else fields_of(template) if template else ()
        given = [(example.text, example.record) for example in widget if example.record]
        records = [{name: record.get(name, "") for name in fields} for _, record in given]
        # Only where the f-string gives the very text that the model read is it shown.
        fitting = [
            number
            for number, (text, _) in enumerate(given)
            if composition and composition.fill(records[number]) == text
        ]
        first = fitting[0] if fitting else 0
        chosen = [*records[first : first + 1], *records[:first], *records[first + 1 :]][:2]
        text, shown = given[first][0] if given else texts[0], composition if fitting else None
        variables, f_string = (shown.variables, shown.f_string()) if shown else ({}, None)
        return cls(text, short, fields, chosen, variables, f_string)

    @classmethod
    def _of_pairs(cls, templates: Sequence[str], widget: Sequence[WidgetAnswer]) -> SnippetExamples:
        fields = tuple(dict.fromkeys(field for template in templates for field in fields_of(template)))
        pairs = [example.given for example in widget if isinstance(example.given, dict)]
        short = [pair for pair in pairs if sum(map(len, pair.values())) <= 2 * _LONGEST_LISTED] or pairs[:1]
        records = [{name: example.record.get(name, "") for name in fields} for example in widget if example.record]
        texts = [pair["text"] for pair in short]
        return cls(texts[0], texts, fields, records[:2], {}, None, short[:_MOST_LISTED])


def literal(text: str, indent: int = 0) -> str:
    """Return a Python string literal; a long one goes over several lines, in brackets.

    JSON's strings are Python's too.
    """
    whole = json.dumps(text, ensure_ascii=False)
    if len(whole) <= _WIDTH:
        return whole
    inner, outer = " " * (indent + 4), " " * indent
    wrapper = textwrap.TextWrapper(
        _WIDTH - 8, expand_tabs=False, replace_whitespace=False, drop_whitespace=False, break_on_hyphens=False
    )
    lines = [f"{inner}{json.dumps(part, ensure_ascii=False)}" for part in wrapper.wrap(text)]
    return "\n".join(["(", *lines, f"{outer})"])
