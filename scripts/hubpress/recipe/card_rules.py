"""What a recipe says for the card and the Space, as far as the Hub or ``check`` would refuse it after the training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from hubpress.hub.metadata import OTHER
from hubpress.hub.placeholders import only_dots, placeholder, template_field
from hubpress.hub.readme import Card
from hubpress.layout import CHARTS
from hubpress.recipe.bibtex import bibtex_fault
from hubpress.recipe.own_files import Fault, OwnFile, find_own_files
from hubpress.recipe.recipe import RecipeFile
from hubpress.recipe.values import is_url
from hubpress.text import quoted, suggestion
from hubpress.yaml12 import Place


def card_problems(recipe: RecipeFile, folder: Path) -> Iterator[Fault]:
    """Yield what does not fit together of licence, languages, tags, the person's own files, and what shows them.

    *folder* is the model's.
    """
    own, faults = find_own_files(recipe.files, folder, records=recipe.data.source)
    yield from _given_twice(recipe)
    yield from _licence(recipe, own)
    yield from _licence_of_data(recipe)
    yield from faults
    yield from _pictures(recipe, own)
    yield from _placeholders(recipe)
    yield from _citation(recipe)
    yield from _benchmark(recipe)


def _citation(recipe: RecipeFile) -> Iterator[Fault]:
    """Yield what BibTeX does not read of the citation, and what a citation that is made of nothing would need."""
    given = recipe.card
    if given.citation is not None and (fault := bibtex_fault(given.citation)):
        yield ("card", "citation"), fault
    if given.year is not None and (given.citation is not None or not given.authors):
        yield (
            ("card", "year"),
            "is for the BibTeX that is made from `authors` where there is no `citation`. Take it out.",
        )


def _benchmark(recipe: RecipeFile) -> Iterator[Fault]:
    """Yield why figures of this recipe are none of a benchmark's."""
    tasks, data = recipe.evaluation.eval_results, recipe.data
    if not tasks:
        return
    where = ("evaluation", "eval_results")
    if data.dataset is None:
        yield where, "needs the benchmark that the records are of in `data.dataset`. Name it there, or take this out."
    elif data.split.method != "given" or data.split.column:
        yield where, "needs the benchmark's own test split. Set data.split.method to given, or take this out."
    known = {*recipe.kind.metrics, *recipe.kind.positive_metrics, *(recipe.evaluation.metrics or ())}
    for number, task in enumerate(tasks):
        if task.task_id in [other.task_id for other in tasks[:number]]:
            yield (*where, number, "task_id"), f"{quoted(task.task_id)} stands there twice. Take one out."
        if task.metric is not None and task.metric not in known:
            what = f"{quoted(task.metric)} is not measured of this model.{suggestion(task.metric, sorted(known))}"
            yield (*where, number, "metric"), f"{what} Name it in evaluation.metrics, or write another."


def _given_twice(recipe: RecipeFile) -> Iterator[Fault]:
    licences = () if isinstance(recipe.license, str) else recipe.license
    for key, words in (("license", licences), ("language", recipe.language), ("tags", recipe.tags)):
        for number, word in enumerate(words):
            if word in words[:number]:
                yield (key, number), f"{word!r} stands there twice. Take one out."


def _licence(recipe: RecipeFile, own: Sequence[OwnFile]) -> Iterator[Fault]:
    link = recipe.license_link
    yield from _other_licence((), recipe.licences, recipe.license_name, link)
    if link is not None and not is_url(link) and link not in {one.name for one in own}:
        what = f"{quoted(link)} is neither a URL (https://…) nor a file that `files` puts into the repository."
        yield ("license_link",), f"{what} Write a URL, or add the file there."


def _licence_of_data(recipe: RecipeFile) -> Iterator[Fault]:
    if given := recipe.publish_data:
        yield from _other_licence(("publish_data",), (given.license,), given.license_name, given.license_link)
        if given.license_link is not None and not is_url(given.license_link):
            yield ("publish_data", "license_link"), f"{quoted(given.license_link)} is no URL. Write one (https://…)."


def _other_licence(above: Place, licences: Sequence[str], name: str | None, link: str | None) -> Iterator[Fault]:
    """Yield what is missing of a licence that the Hub does not list, or said of one that it does."""
    if OTHER in licences:
        missing = [key for key, value in (("license_name", name), ("license_link", link)) if value is None]
        if missing:
            words = " and ".join(f"`{key}`" for key in missing)
            yield (*above, "license"), f"`{OTHER}` needs {words} too. Add {'it' if len(missing) == 1 else 'them'}."
    elif name is not None:
        yield (*above, "license_name"), f"is for `license: {OTHER}`, whose name the Hub does not know. Take it out."


def _pictures(recipe: RecipeFile, own: Sequence[OwnFile]) -> Iterator[Fault]:
    """Yield the pictures in the card's sentences that nothing puts into the repository."""
    there = {one.name for one in own}
    for place, text in _sentences(recipe):
        for _, token in Card(text, body=text).inlines():
            address = str(token.attrs.get("src", "")) if token.type == "image" else ""
            path = address.removeprefix("./").partition("#")[0]
            if not path or urlsplit(address).scheme or path.startswith(("/", f"{CHARTS}/")) or path in there:
                continue
            yield place, f"shows {quoted(address)}, which is not among `files`. Add it there."


def _placeholders(recipe: RecipeFile) -> Iterator[Fault]:
    """Yield what ``check`` would find in the card's sentences: words that nobody has put others in the place of."""
    for place, text in _sentences(recipe):
        plain = [line for _, line in Card(text, body=text).plain_lines]
        found = next(filter(None, map(placeholder, text.split("\n"))), None)
        found = found or next((line.strip() for line in plain if only_dots(line)), None)
        found = found or next(filter(None, map(template_field, plain)), None)
        if found:
            yield place, f"{quoted(found)} is a placeholder. Write what belongs there."


def _sentences(recipe: RecipeFile) -> Iterator[tuple[Place, str]]:
    for key, value in recipe.card:
        if isinstance(value, str):
            yield ("card", key), value
        elif isinstance(value, tuple):
            yield from ((("card", key, number), text) for number, text in enumerate(value) if isinstance(text, str))
