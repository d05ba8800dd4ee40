"""What a recipe may name of its input template's fields: for examples, for training and for measuring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hubpress.input_template import fields_of
from hubpress.recipe.recipe import RecipeFile
from hubpress.text import suggestion
from hubpress.yaml12 import Place


def _combinations(recipe: RecipeFile) -> dict[Place, Iterable[str]]:
    """Return where a recipe names fields of the input template, and which ones."""
    used: dict[Place, Iterable[str]] = {("evaluation", "inputs", by): of for by, of in recipe.evaluation.inputs.items()}
    used |= {("training", "inputs", index): of for index, of in enumerate(recipe.training.inputs)}
    return used | {("widget", index, "record"): one.record for index, one in enumerate(recipe.widget) if one.record}


def field_problems(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    """Yield where a recipe names a field that the input template has not, or all where some are meant."""
    templates = recipe.data.templates
    fields = tuple(dict.fromkeys(field for template in templates for field in fields_of(template)))
    where, these = "data.input_template has", "It reads"
    if len(templates) > 1:
        where, these = "data.input_template and data.text_pair have", "They read"
    for number, sentence in _needless(recipe.training.inputs, fields):
        yield ("training", "inputs", number), sentence
    for place, used in _combinations(recipe).items():
        for field in used:
            at = (*place, field) if place[0] == "widget" else place
            if not fields:
                yield at, "names a field, but this model reads no records by a template."
            elif field not in fields:
                near = suggestion(field, list(fields))
                yield at, f"{where} no field {field!r}.{near} {these} {', '.join(fields)}."


def _needless(combinations: Sequence[Sequence[str]], fields: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the numbers of combinations that show nothing new, and why: all fields, one twice, those of another."""
    for number, used in enumerate(combinations):
        twice = [field for field in used if list(used).count(field) > 1]
        before = [index for index, other in enumerate(combinations[:number]) if set(other) == set(used)]
        if fields and set(fields) <= set(used):
            yield number, "names all fields, and whole records are shown anyway; take it out."
        if twice:
            yield number, f"names {twice[0]!r} twice; once will do."
        elif before:
            yield number, f"has the fields of training.inputs.{before[0]}; take one of them out."


def pair_problems(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    """Yield where an example of a pair, or a combination of fields, has but one of its texts."""
    is_pair = recipe.data.text_pair is not None and recipe.task != "token"
    for index, example in enumerate(recipe.widget):
        if is_pair and example.text and example.text_pair is None:
            yield ("widget", index, "text_pair"), "is missing; this model reads two texts (data.text_pair)."
        if not is_pair and example.text_pair is not None:
            yield ("widget", index, "text_pair"), "is for a model that reads pairs, and data.text_pair is not given."
    for place, fields in _combinations(recipe).items() if is_pair else ():
        for own in (one for one in map(fields_of, recipe.data.templates) if not set(one) & set(fields)):
            yield place, f"lacks {' or '.join(own)}, and without it one text of the pair is empty."
