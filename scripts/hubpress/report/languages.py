"""The scripts of the letters, and the languages that the texts seem to be in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fontTools import unicodedata as scripts_of

from hubpress.inference.language import can_be_told, language_of, with_alike
from hubpress.recipe.recipe import Recipe
from hubpress.report.texts import Records
from hubpress.schemas.record_doubts import Languages, Share

MOST_READ = 2_000
"""Records of a split whose letters and languages are looked at, at most."""
_MOST_CHARACTERS = 2_000_000
_LEAST_TOLD = 10
"""Fewer texts than that say nothing of the records."""
_MOST_NAMED = 5
_SMALLEST = 0.0005


def texts_of(records: Records) -> list[str]:
    """Return the texts whose letters and languages are looked at."""
    splits = records.splits.values()
    drawn = ((split, split.drawn(MOST_READ, _MOST_CHARACTERS)) for split in splits)
    return [text for split, rows in drawn for texts in split.batches(rows) for text in texts]


def scripts(texts: Iterable[str]) -> tuple[Share, ...]:
    """Return the scripts of the letters, most frequent first; those that hardly occur are left out."""
    characters: Counter[str] = Counter()
    for text in texts:
        characters.update(text)
    letters: Counter[str] = Counter()
    for character, count in characters.items():
        if character.isalpha():
            letters[scripts_of.script_name(scripts_of.script(character))] += count
    return _shares(letters)


def languages(recipe: Recipe, texts: list[str]) -> Languages:
    """Return the languages of the texts that are long enough to tell, and how many are in none of the recipe's."""
    told = Counter(code for code in map(language_of, texts) if code)
    return Languages(
        expected=recipe.language,
        asked=len(texts),
        told=told.total(),
        found=_shares(told) if told.total() >= _LEAST_TOLD else (),
        unexpected=_unexpected(recipe.language, told),
    )


def _unexpected(expected: Iterable[str], told: Counter[str]) -> float | None:
    wanted = {code.replace("_", "-").split("-")[0].lower() for code in expected}
    if told.total() < _LEAST_TOLD or not can_be_told(wanted):
        return None  # among them "multilingual", and languages that cannot be told
    wanted = with_alike(wanted)
    return round(sum(count for code, count in told.items() if code not in wanted) / told.total(), 6)


def _shares(counts: Counter[str]) -> tuple[Share, ...]:
    total = counts.total()
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMED]
    return tuple(Share(name=name, share=round(count / total, 6)) for name, count in most if count >= _SMALLEST * total)
