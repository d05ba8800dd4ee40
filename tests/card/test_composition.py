"""An input template as literal text around its fields."""

from __future__ import annotations

import pytest

from hubpress.card.composition import Composition, Field
from hubpress.input_template import render


@pytest.mark.parametrize(
    ("template", "f_string"),
    [
        ("{{ abstract }}", 'f"{abstract}"'),
        ("  {{ title }}\n\n{{ abstract }}\n", 'f"{title}\\n\\n{abstract}"'),
        ("title={{ '{' ~ title ~ '}' }}, of {{ year + '.' }}", 'f"title={{{title}}}, of {year}."'),
        ("{{ title | trim or 'NO' }}{% if body | length > 30 %}\n{{ body[:900] }}{% endif %}", 'f"{title}\\n{body}"'),
        ("{{ title ~ ('. ' ~ body if body else '') }}", 'f"{title}. {body}"'),
        ('"{x}" {{ range }} {{ range }}', 'f"\\"{{x}}\\" {range_} {range_}"'),
        ("{{ record['Room, floor'] }}: {{ record['room-floor'] }}", 'f"{room_floor}: {room_floor_}"'),
        ("{{ class }} {{ record['2nd'] }} {{ record['?!'] }} {{ self }}", 'f"{class_} {_2nd} {field} {self}"'),
    ],
)
def test_a_template_that_places_its_fields_is_an_f_string(template: str, f_string: str) -> None:
    """What the f-string, the parts and the template make of a record is the same text."""
    composition = Composition.of(template)
    assert composition and composition.f_string() == f_string
    record = {name: f"the {name} of a thing, in words enough to be kept" for name in composition.fields}
    variables = {composition.variables[name]: value for name, value in record.items()}
    assert composition.fill(record) == eval(f_string, {}, variables) == render(template, record)


@pytest.mark.parametrize(
    "template",
    [
        *("{{ title | upper }}", "{{ title | lower }}", "{{ title | replace('\\n', ' ') }}", "{{ title | striptags }}"),
        *("{{ title[:20] }}", "{{ title | length }}", "{{ title.strip() }}", "{{ words | join(' ') }}"),
        *(
            "{% set title = body %}{{ title }}",
            "{{ title or body }}",
            "{% if title %}{{ body }}{% endif %}",
            "{% for one in all %}{{ one }}{% endfor %}",
        ),
    ],
)
def test_a_template_that_changes_its_fields_is_none(template: str) -> None:
    """A change of a field's text, a field that does not show, a loop, and what the template sets itself."""
    assert Composition.of(template) is None


def test_texts_between_fields_are_joined() -> None:
    """Neighbouring texts are one part, and white space at the ends is none of the text."""
    composition = Composition.of(" a {{ 'b' }}{# no text #} {{ title }}{{ ' ' }} ")
    assert composition == Composition(("a b ", Field("title")))
