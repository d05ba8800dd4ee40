"""What is wrong with a recipe's values, each as a place in the recipe and one sentence that says what is allowed."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from hubpress.recipe.recipe import RecipeFile
from hubpress.recipe.rules import Problem
from hubpress.recipe.values import COUNTRY, LONGEST_QUOTED, MODULE, SHA256
from hubpress.text import quoted, suggestion
from hubpress.yaml12 import Place, YamlMapping

_FORMS = {
    MODULE: "the name of a Python package",
    COUNTRY: "a country by three capital letters (ISO 3166), such as DEU",
    SHA256: "a sha256 of 64 hexadecimal digits",
}

# pydantic's kinds of errors -> what is allowed instead. Of a union's branches each says so, joined by "or".
_ALLOWED: dict[str, Callable[[YamlMapping], str]] = {
    "literal_error": lambda context: str(context["expected"]),
    "string_type": lambda context: "text (in quotes, if it looks like a number)",
    "string_too_short": lambda context: "text of at least 1 character",
    "string_too_long": lambda context: f"text of at most {context['max_length']} characters",
    "string_pattern_mismatch": lambda context: _FORMS[context["pattern"]],
    "int_type": lambda context: "a whole number",
    "float_type": lambda context: "a number",
    "finite_number": lambda context: "a finite number",
    "greater_than": lambda context: f"more than {context['gt']}",
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "less_than": lambda context: f"less than {context['lt']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
    "bool_type": lambda context: "true or false",
    "dict_type": lambda context: "a mapping",
    "model_type": lambda context: "a mapping",
    "tuple_type": lambda context: "a list",
    "too_short": lambda context: f"a list of at least {context['min_length']}",
    "path_type": lambda context: "a path",
}


def value_problems(error: ValidationError, raw: YamlMapping) -> list[Problem]:
    """Return pydantic's errors about *raw*, one sentence a place."""
    allowed: dict[Place, list[str]] = {}
    given: dict[Place, Any] = {}
    sentences: dict[Place, str] = {}
    for item in error.errors(include_url=False):
        kind, context = item["type"], item.get("ctx", {})
        place = _place(item["loc"], raw, missing=kind == "missing")
        if kind in _ALLOWED:
            allowed.setdefault(place, []).append(_ALLOWED[kind](context) + _as_list(kind, item["input"]))
            given[place] = item["input"]
            sentences.setdefault(place, "")
        else:
            sentences[place] = _sentence(kind, context, place, str(item["msg"]))
    # What is wrong inside a value explains why the value as a whole does not fit.
    within = {place[:end] for place in sentences for end in range(len(place))}
    return [
        (
            place,
            sentence
            or _without_space(place, given[place])
            or f"must be {' or '.join(dict.fromkeys(allowed[place]))}, not {quoted(given[place], LONGEST_QUOTED)}.",
        )
        for place, sentence in sentences.items()
        if sentence or place not in within
    ]


def _without_space(place: Place, given: Any) -> str:
    """Return what to do about a key that holds its value, as ``{a:1}`` is read; empty for any other."""
    key, mark, value = str(place[-1] if place else "").partition(":")
    is_one = given is None and key and mark and value.strip()
    return f"needs a space behind the colon: {{{key}: {value}}}." if is_one else ""


def _as_list(kind: str, given: Any) -> str:
    """Return how a single value is written as the list that it has to be; nothing for anything else."""
    is_single = kind == "tuple_type" and isinstance(given, str) and len(str(given)) < LONGEST_QUOTED
    return f", such as [{given}]" if is_single and given.strip() else ""


def _sentence(kind: str, context: YamlMapping, place: Place, message: str) -> str:
    table: dict[str, Callable[[], str]] = {
        "missing": lambda: "is missing; add it.",
        "extra_forbidden": lambda: _unknown_key(place),
        "value_error": lambda: f"{str(context['error']).removesuffix('.')}.",
    }
    return table[kind]() if kind in table else f"{message}."


def _place(location: Iterable[str | int], raw: Any, *, missing: bool) -> Place:
    """Return the path of a value in the recipe: pydantic's, less the names of a union's branches."""
    place: Place = ()
    parts = list(location)
    for part in parts:
        inside = part in raw if isinstance(raw, dict) else isinstance(raw, list) and part in range(len(raw))
        if inside:
            raw, place = raw[part], (*place, part)
    return (*place, parts[-1]) if missing else place


def _unknown_key(place: Place) -> str:
    known = _known_keys(RecipeFile, place[:-1])
    return f"unknown key.{suggestion(str(place[-1]), known)} Known keys: {', '.join(known)}."


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    for part in place:
        if isinstance(part, str):
            model = next(_models_in(model.model_fields[part].annotation))
    return [*model.model_fields, *(["sample"] if model is RecipeFile else [])]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)
