"""The scripts of the letters, and the languages that the texts seem to be in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from fontTools import unicodedata as scripts_of
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from hubpress.recipe.recipe import Recipe
from hubpress.report.texts import Records
from hubpress.schemas.record_doubts import Languages, Share

MOST_READ = 2_000
"""Records of a split whose letters and languages are looked at, at most."""
_MOST_CHARACTERS = 2_000_000
_LEAST_BYTES = 30
"""Of letters, that a language can be told by: thirty Latin ones, fifteen Cyrillic ones, ten Chinese ones."""
_LEAST_TOLD = 10
"""Fewer texts than that say nothing of the records."""
_CONFIDENCE = 0.9
_BEGINNING = 1_000  # of a text, by which its language is told
_MOST_NAMED = 5
_SMALLEST = 0.0005
_NONE = "zxx"  # no language: numbers, code
# What is told apart by single words is not told apart in short texts.
_ALIKE = [{"no", "nb", "nn", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"}, {"zh", "wuu", "yue"}, {"ar", "arz", "ary"}]


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
    told: Counter[str] = Counter()
    for text in texts:
        beginning = text[:_BEGINNING]
        if len("".join(filter(str.isalpha, beginning)).encode()) >= _LEAST_BYTES:
            code, confidence = _identifier().classify(beginning)
            if confidence >= _CONFIDENCE and code != _NONE:
                told[code] += 1
    return Languages(
        expected=recipe.language,
        asked=len(texts),
        told=told.total(),
        found=_shares(told) if told.total() >= _LEAST_TOLD else (),
        unexpected=_unexpected(recipe.language, told),
    )


def _unexpected(expected: Iterable[str], told: Counter[str]) -> float | None:
    wanted = {code.replace("_", "-").split("-")[0].lower() for code in expected}
    if told.total() < _LEAST_TOLD or not wanted <= {*_identifier().labels, *_all_alike()}:
        return None  # among them "multilingual", and languages that cannot be told
    wanted |= {code for alike in _ALIKE if alike & wanted for code in alike}
    return round(sum(count for code, count in told.items() if code not in wanted) / told.total(), 6)


def _all_alike() -> set[str]:
    return set().union(*_ALIKE)


def _shares(counts: Counter[str]) -> tuple[Share, ...]:
    total = counts.total()
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMED]
    return tuple(Share(name=name, share=round(count / total, 6)) for name, count in most if count >= _SMALLEST * total)


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
