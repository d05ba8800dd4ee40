"""Fields of a README whose values the Hub takes in one form only: for a number in place of a text it refuses a commit.

`hubpress check` and the rehearsal Hub ask the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubpress.hub.loose_values import as_list, as_mapping, is_number
from hubpress.yaml12 import Place

INDEX = "model-index"


@dataclass(frozen=True)
class Form:
    """What a value must be: as the Hub says it, and as a person is told, with what to do."""

    accepts: Callable[[Any], bool]
    hub_says: str
    is_not: str
    advice: str


_QUOTES = "Put it in quotes."
TEXT = Form(lambda value: isinstance(value, str), "must be a string", "is not a text", _QUOTES)
BOOLEAN = Form(lambda value: isinstance(value, bool), "must be a boolean", "is not true or false", "Write one of them.")
ARRAY = Form(lambda value: isinstance(value, list), "must be an array", "is not a list", "Write `- …`, one a line.")
OBJECT = Form(
    lambda value: isinstance(value, dict), "must be an object", "is not a mapping", "Write `key: value` pairs."
)
EMISSIONS = Form(
    lambda value: is_number(value) or isinstance(value, dict),
    "must be a number or an object",
    "is not a number of grams",
    "Write one without a unit, or a mapping with `emissions`.",
)
WHOLE = Form(
    lambda value: isinstance(value, int) and not isinstance(value, bool),
    "must be an integer",
    "is not a whole number",
    "Write one.",
)

# hub-docs, modelcard.md, datasetcard.md and spaces-config-reference.md. Where a form of its own is asked of a field
# (`license`, `tags`, `emoji` …), its own rule says so.
_FIELDS: tuple[tuple[Form, tuple[str, ...]], ...] = (
    (
        TEXT,
        (
            *("license_name", "license_link", "thumbnail", "new_version", "model_name", "mask_token"),
            *("instance_prompt", "extra_gated_heading", "extra_gated_prompt", "extra_gated_description"),
            *("extra_gated_button_content", "pretty_name", "app_file", "app_build_command", "base_path"),
            *("suggested_hardware", "suggested_storage", "startup_duration_timeout", "header"),
        ),
    ),
    (BOOLEAN, ("fullWidth", "disable_embedding", "hf_oauth", "viewer", "track_downloads")),
    (ARRAY, ("widget", "preload_from_hub", "hf_oauth_scopes")),
    (OBJECT, ("extra_gated_fields", "custom_headers")),
    (EMISSIONS, ("co2_eq_emissions",)),
    (WHOLE, ("app_port", "hf_oauth_expiration_minutes")),
)
_MODEL = ((TEXT, ("name",)),)
_RESULT = (
    (TEXT, ("task", "type")),
    (TEXT, ("task", "name")),
    (TEXT, ("dataset", "type")),
    (TEXT, ("dataset", "name")),
    (TEXT, ("dataset", "config")),
    (TEXT, ("dataset", "split")),
    (TEXT, ("dataset", "revision")),
    (OBJECT, ("dataset", "args")),
    (TEXT, ("source", "name")),
    (TEXT, ("source", "url")),
)
_METRIC = (
    (TEXT, ("type",)),
    (TEXT, ("name",)),
    (TEXT, ("config",)),
    (BOOLEAN, ("verified",)),
    (TEXT, ("verifyToken",)),
)


@dataclass(frozen=True)
class WrongForm:
    """A value in a form that the Hub does not take: where it stands, the words for that place, and what it must be."""

    place: Place
    value: Any
    form: Form

    @property
    def name(self) -> str:
        """Return the place as the Hub names it, such as ``model-index[0].name``."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return "".join(steps).removeprefix(".")

    @property
    def short_name(self) -> str:
        """Return the end of the place, from the last list on, such as ``dataset.config``."""
        numbers = [number for number, step in enumerate(self.place) if isinstance(step, int)]
        return ".".join(map(str, self.place[numbers[-1] + 1 :] if numbers else self.place))

    @property
    def sentence(self) -> str:
        """Return what is wrong and what to do, to stand behind the value."""
        scalar = not isinstance(self.value, (list, dict))
        advice = self.form.advice if self.form is not TEXT or scalar else "Write one text, or leave it out."
        return f"{self.form.is_not}. {advice}"


def wrong_forms(fields: Mapping[str, Any]) -> Iterator[WrongForm]:
    """Yield every value of a front matter that has another form than the Hub takes; what is empty says nothing."""
    for form, names in _FIELDS:
        for name in names:
            yield from _wrong(form, (name,), fields.get(name))
    for number, model in enumerate(as_list(fields.get(INDEX))):
        here: Place = (INDEX, number)
        yield from _at(_MODEL, here, model)
        for position, result in enumerate(as_list(as_mapping(model).get("results"))):
            there = (*here, "results", position)
            yield from _at(_RESULT, there, result)
            for count, metric in enumerate(as_list(as_mapping(result).get("metrics"))):
                yield from _at(_METRIC, (*there, "metrics", count), metric)


def _at(asked: tuple[tuple[Form, tuple[str, ...]], ...], place: Place, value: Any) -> Iterator[WrongForm]:
    for form, way in asked:
        found = value
        for step in way:
            found = as_mapping(found).get(step)
        yield from _wrong(form, (*place, *way), found)


def _wrong(form: Form, place: Place, value: Any) -> Iterator[WrongForm]:
    if value is not None and not form.accepts(value):
        yield WrongForm(place, value, form)
