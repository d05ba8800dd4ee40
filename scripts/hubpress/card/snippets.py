"""What the card's Python snippets say to the model: texts, records, and how a text is put together from its fields."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubpress.input_template import fields_of, render
from hubpress.schemas.evaluation import WidgetAnswer

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
    composed: str | None
    """An f-string that makes of the first record's fields what the model reads; None where no f-string does."""


def snippet_examples(template: str | None, widget: Sequence[WidgetAnswer]) -> SnippetExamples:
    """Return the examples of a card's snippets. Without an input template the model reads plain texts."""
    texts = [example.text for example in widget]
    short = [text for text in texts if len(text) <= _LONGEST_LISTED][:_MOST_LISTED] or texts[:2]
    form = _form(template) if template else None
    fields = _in_order(fields_of(template), form) if template else ()
    given = [(example, example.record) for example in widget if example.record]
    records = [{name: record.get(name, "") for name in fields} for _, record in given]
    fitting = [
        number for number, record in enumerate(records) if form and _filled(form, record) == given[number][0].text
    ]
    first = fitting[0] if fitting else 0
    chosen = [*records[first : first + 1], *records[:first], *records[first + 1 :]][:2]
    text = given[first][0].text if given else texts[0]
    return SnippetExamples(text, short, fields, chosen, _f_string(form, fields) if form and fitting else None)


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


def _form(template: str) -> dict[str, str] | None:
    """Return the text that the template makes of marks in place of its fields (under ""), and the mark of each field.

    None where the template does more with a field than to put it somewhere.
    """
    fields = fields_of(template)
    # As long as a real text would be, since a template may leave out a short one; of letters that no text has.
    marks = {name: f"\ue000{name}{chr(0xE001) * 60}" for name in fields}
    try:
        text = render(template, marks)
    except Exception:  # noqa: BLE001 - a template may want numbers or dates, and then there is no f-string to show
        return None
    whole = all(mark in text for mark in marks.values()) and not any(keyword.iskeyword(name) for name in fields)
    return {"": text, **marks} if whole else None


def _in_order(fields: Sequence[str], form: Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the fields as they stand in the text, or as they are where no marks show it."""
    return tuple(sorted(fields, key=lambda name: form[""].index(form[name]))) if form else tuple(fields)


def _filled(form: Mapping[str, str], record: Mapping[str, str]) -> str:
    text = form[""]
    for name, value in record.items():
        text = text.replace(form[name], value)
    return text


def _f_string(form: Mapping[str, str], fields: Sequence[str]) -> str:
    text = form[""].replace("{", "{{").replace("}", "}}")
    for name in fields:
        text = text.replace(form[name], f"{{{name}}}")
    return f"f{json.dumps(text, ensure_ascii=False)}"
