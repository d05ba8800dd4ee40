"""A draft tried before it is written: all of its records are read, labelled and split as the release will do it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.draft.sheet import Sheet
from hubpress.errors import DataError, RecipeError
from hubpress.recipe.load import recipe_in, validated
from hubpress.recipe.open_places import open_places
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import CONFLICTING, SplitFacts
from hubpress.text import counted
from hubpress.trained.settle import are_named, settled
from hubpress.yaml12 import Place, YamlMapping, parse_recipe, text_of

_OPEN = "open "  # before what stands for a name that a person has to fill in
_WITHOUT_TEXT = "without text"
_REPEATED = ("duplicates", CONFLICTING)
# What is put where a person has to fill something in that no record depends on.
_STAND_INS = {"license": "mit", "language": "en"}


@dataclass(frozen=True)
class Tried:
    """What came of it: the recipe, its splits and what is known of them."""

    recipe: Recipe
    folder: Path
    facts: SplitFacts


def try_out(sheet: Sheet, folder: Path, scratch: Path, *, words: Sequence[str]) -> Tried:
    """Return what comes of the sheet's records; *folder* is the recipe's, *scratch* one to work in.

    *words* are those that stand for the labels while the names of these are open.

    What is dropped of them is put into the sheet, and so is how they are split, where they cannot be in the first way
    that was put there. Raises DataError for records that do not fit, and RecipeError for values that a person gave.
    """
    loose = {"empty_text": "drop", "duplicates": "drop"}
    failed: DataError | None = None
    for number, split in enumerate(_ways(sheet)):
        values = {**sheet.values, "data": {**loose, **sheet.values["data"], "split": split}}
        recipe = settled(_recipe(sheet, _standing_in(values, words), folder))
        target = scratch / f"data{number}"
        try:
            facts = prepare(recipe, source_files(recipe), target, cache_dir=scratch / "cache")
        except DataError as error:
            failed = error
            if "split" not in str(error.where or "") and "split" not in error.what:
                break
            continue
        _put_split(sheet, split)
        _put_dropped(sheet, facts)
        return Tried(recipe, target, facts)
    assert failed is not None  # there is one way at least
    raise failed


def refuse_unread(sheet: Sheet, folder: Path) -> None:
    """Raise RecipeError for what a person gave of a recipe that could not be read back; *folder* is its own.

    What the places that are still open say is none of it.
    """
    _, problems = validated(_standing_in(sheet.values, ()), folder=folder, own_records=False)
    if own := [(place, sentence) for place, sentence in problems if _is_of(sheet, place)]:
        raise _unread(sheet, own)


def _recipe(sheet: Sheet, values: YamlMapping, folder: Path) -> Recipe:
    recipe, problems = validated(values, folder=folder, own_records=False)
    if recipe is None:
        raise _unread(sheet, problems)
    return recipe_in(folder, recipe)


def _unread(sheet: Sheet, problems: Sequence[tuple[Place, str]]) -> RecipeError:
    named = ((f"--set {key}" if _is_of(sheet, place) else key, sentence)
             for place, sentence in problems for key in (".".join(map(str, place)),))  # fmt: skip
    return RecipeError([f"{where}: {sentence}" for where, sentence in named])


def _is_of(sheet: Sheet, place: Place) -> bool:
    """Tell whether a person gave the value at a place, or the block or list in which it stands."""
    keys = [key for key in place if isinstance(key, str)]
    values = (sheet.of_given(*keys[:depth]) for depth in range(1, len(keys) + 1))
    found = next((value for value in values if not isinstance(value, dict)), True)
    return found is not None


def _standing_in(values: YamlMapping, words: Sequence[str]) -> YamlMapping:
    """Return values with words in the open places."""
    copied: YamlMapping = parse_recipe(text_of(values)).value
    for place in open_places(copied):
        number = place[-1] if place[:2] == ("data", "labels") and isinstance(place[-1], int) else len(words)
        named = words[number] if number < len(words) else f"{_OPEN}{place[-1]}"
        _set(copied, place, _STAND_INS.get(str(place[0]), named))
    return copied


def shown_label(label: str) -> str:
    """Return how a label is called in public: where its name is open by the records' word, empty where that is none."""
    word = label.removeprefix(_OPEN)
    return "" if word != label and (word.isdigit() or not are_named([word])) else word


def _set(values: YamlMapping, place: Place, value: str) -> None:
    inner = values
    for key in place[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[place[-1]] = value  # type: ignore[index]


def _ways(sheet: Sheet) -> Iterable[YamlMapping]:
    """Yield how the records may be split: as the sheet says, then with less that they may be too few for."""
    first: YamlMapping = dict(sheet.values["data"]["split"])
    yield first
    if sheet.is_given("data", "split"):
        return
    if "group" in first:
        first = {key: value for key, value in first.items() if key != "group"}
        yield first
    if first.get("method") == "stratified":
        yield {**first, "method": "random"}


def _put_split(sheet: Sheet, split: YamlMapping) -> None:
    before = sheet.values["data"]["split"]
    if split == before:
        return
    sheet.values["data"]["split"] = split
    if "group" in before and "group" not in split:
        sheet.guessed.pop("data.split.group", None)
        sheet.comments.pop(("data", "split", "group"), None)
        few = f"the records of one {before['group']} may stand in several splits: too few of them to keep each in one"
        sheet.put("data", "split", "method", value=split["method"], guess=few)
    if before.get("method") != split.get("method"):
        sheet.put(
            "data", "split", "method", value=split["method"], guess="some labels have too few records for stratified"
        )


def _put_dropped(sheet: Sheet, facts: SplitFacts) -> None:
    if count := facts.dropped.get(_WITHOUT_TEXT):
        sheet.put(
            "data", "empty_text", value="drop", guess=f"{counted(count, 'record')} without a text; error refuses them"
        )
    repeated = sum(facts.dropped.get(reason, 0) for reason in _REPEATED)
    if repeated:
        other = facts.dropped.get(CONFLICTING, 0)
        more = f", {other} of them with another label" if other else ""
        why = f"{counted(repeated, 'record')} with the text of one before{more}; error refuses them, keep keeps them"
        sheet.put("data", "duplicates", value="drop", guess=why)
