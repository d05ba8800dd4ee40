"""What is wrong with a recipe's values, each as a place in the recipe and one sentence that says what is allowed."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hubpress.recipe import RecipeFile
from hubpress.recipe_task_problems import task_problems
from hubpress.recipe_values import HUB_ID, MODULE, REPO_NAME, SHA256
from hubpress.recipe_yaml import Place
from hubpress.training_arguments import suggestion

Problem = tuple[Place, str]

_SCHEMES = ("https", "http", "hf")
_FORMS = {
    HUB_ID: "an id on the Hub (NAME or OWNER/NAME)",
    REPO_NAME: "a repository's name (letters, digits, single dots, - and _)",
    MODULE: "the name of a Python package",
    SHA256: "a sha256 of 64 hexadecimal digits",
}

# pydantic's kinds of errors -> what is allowed instead. Of a union's branches each says so, joined by "or".
_ALLOWED: dict[str, Callable[[dict[str, Any]], str]] = {
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


def value_problems(error: ValidationError, raw: dict[str, Any]) -> list[Problem]:
    """Return pydantic's errors about *raw*, one sentence a place."""
    allowed: dict[Place, list[str]] = {}
    given: dict[Place, Any] = {}
    sentences: dict[Place, str] = {}
    for item in error.errors(include_url=False):
        kind, context = item["type"], item.get("ctx", {})
        place = _place(item["loc"], raw, missing=kind == "missing")
        if kind in _ALLOWED:
            allowed.setdefault(place, []).append(_ALLOWED[kind](context))
            given[place] = item["input"]
            sentences.setdefault(place, "")
        else:
            sentences[place] = _sentence(kind, context, place, str(item["msg"]))
    # What is wrong inside a value explains why the value as a whole does not fit.
    within = {place[:end] for place in sentences for end in range(len(place))}
    return [
        (place, sentence or f"must be {' or '.join(dict.fromkeys(allowed[place]))}, not {_short(given[place])}.")
        for place, sentence in sentences.items()
        if sentence or place not in within
    ]


def _sentence(kind: str, context: dict[str, Any], place: Place, message: str) -> str:
    table: dict[str, Callable[[], str]] = {
        "missing": lambda: "is missing; add it.",
        "extra_forbidden": lambda: _unknown_key(place),
        "value_error": lambda: f"{context['error']}.",
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


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


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


def cross_problems(recipe: RecipeFile, *, folder: Path, own_records: bool) -> list[Problem]:
    """Return what single fields cannot see: metrics of another task, unknown labels, records outside the folder."""
    return [
        *task_problems(recipe),
        *_metric_problems(recipe),
        *_label_problems(recipe),
        *_source_problems(recipe, folder, own_records),
    ]


def _metric_problems(recipe: RecipeFile) -> Iterator[Problem]:
    known = recipe.kind.known_metrics(positive=recipe.decision.positive is not None)
    evaluation, reference = recipe.evaluation, recipe.reference
    asked: list[tuple[Place, str]] = [
        (("evaluation", "metrics", index), name) for index, name in enumerate(evaluation.metrics or ())
    ]
    if evaluation.main_metric:
        asked.append((("evaluation", "main_metric"), evaluation.main_metric))
    for index, figure in enumerate(reference.figures if reference else ()):
        asked.append((("reference", "figures", index, "metric"), figure.metric))
    for place, name in asked:
        if name not in known:
            hint = suggestion(name, list(known))
            yield place, f"unknown metric {name!r}.{hint} A {recipe.task} model has: {', '.join(known)}."


def _label_problems(recipe: RecipeFile) -> Iterator[Problem]:
    weights = recipe.training.class_weight
    named: list[tuple[Place, str]] = []
    if isinstance(weights, dict):
        named += [(("training", "class_weight", label), label) for label in weights]
    if recipe.reference:
        named += [(("reference", "per_class", label), label) for label in recipe.reference.per_class]
    named += [(("card", "label_descriptions", label), label) for label in recipe.card.label_descriptions]
    labels = recipe.data.listed_labels
    if named and labels is None:
        yield named[0][0][:2], "names labels, so that data.labels must list them all."
        return
    for place, label in named:
        if label not in (labels or ()):
            yield place, f"data.labels lacks {label!r}.{suggestion(label, list(labels or ()))}"


def _source_problems(recipe: RecipeFile, folder: Path, own_records: bool) -> Iterator[Problem]:
    source, table = recipe.data.source, recipe.data.label_table
    if table and not own_records and not _inside(folder, table.file):
        hint = "Keep the table below it, or beside the records that you name with --data."
        yield ("data", "label_table", "file"), f"{table.file!r} lies outside the model's folder. {hint}"
    if source is None:
        return
    if "://" in source:
        if source.split("://")[0] not in _SCHEMES:
            yield (
                ("data", "source"),
                f"{source!r} is no address that can be read; it must begin with https:// or hf://.",
            )
    elif not own_records and not _inside(folder, source):
        hint = "Keep records below it, or name others with --data."
        yield ("data", "source"), f"{source!r} lies outside the model's folder. {hint}"
    for name, file in (recipe.data.files or {}).items():
        if not _inside(folder, file):
            yield ("data", "files", name), f"{file!r} lies outside data.source. Name files below it."


def _inside(folder: Path, relative: str) -> bool:
    return not Path(relative).is_absolute() and (folder / relative).resolve().is_relative_to(folder.resolve())
