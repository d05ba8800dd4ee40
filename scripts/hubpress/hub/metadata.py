"""What a card may say of licence, languages and tags: why a value cannot stand there, and what to write in its place.

Recipes and ``check`` ask here alike, so that what the one lets pass the other does too.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from typing import Any

from hubpress.hub.loose_values import is_text, one_of
from hubpress.hub.vocabulary import LANGUAGES, LICENCES, SPECIAL_LANGUAGES

OTHER = "other"
"""The licence of a model whose licence is none of the Hub's: it comes with ``license_name`` and ``license_link``."""

# A language with a script, a region or variants (BCP 47), as it is written: zh-Hant-TW, en-GB, es-419, de-1996.
_LOCALE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[A-Z][a-z]{3}))?(?:-(?P<region>[A-Z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
)
# What people write around a licence's name; its letters and digits are what tells it.
_AROUND_A_LICENCE = re.compile(r"\b(?:the|licen[cs]ed?|version|gnu|or[- ]later|only)\b|[+]")
# Tags that the Hub makes of other fields, by what stands before their colon, with the recipe's key for them.
_TAGS_OF_FIELDS = {
    "license": "license",
    "language": "language",
    "base_model": "base_model.id",
    "dataset": "data.dataset",
}


def licence_fault(value: Any) -> str | None:
    """Return why *value* is no licence of the Hub, as a sentence after the value; None when it is one."""
    if one_of(value, LICENCES):
        return None
    near = _near_licences(value) if is_text(value) else []
    meant = f" Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
    another = f"A licence that the Hub does not list is `{OTHER}`, with `license_name` and `license_link`."
    return f"is not a licence identifier of the Hub.{meant} {another}"


def language_fault(value: Any, *, with_locales: bool = False) -> str | None:
    """Return why *value* is no code of a language, as a sentence after the value; None when it is one.

    *with_locales* lets codes with a script or a region pass (``zh-Hant``), which the Hub takes as ``language_bcp47``.
    """
    if is_language(value) or (with_locales and language_of(value)):
        return None
    return f"is not a language code that the Hub takes. {_language_advice(value, with_locales=with_locales)}"


def is_language(value: Any) -> bool:
    """Tell whether the Hub takes *value* for a language: a code of ISO 639, ``multilingual`` or ``code``."""
    if not isinstance(value, str):
        return False
    return value in LANGUAGES or value in SPECIAL_LANGUAGES or re.fullmatch(r"[a-z]{3}", value) is not None


def language_of(value: Any) -> str | None:
    """Return the language of a code with a script, a region or variants: ``zh`` of ``zh-Hant-TW``; None for any other.

    Such codes are written as BCP 47 has them, and name a script and a region that there are.
    """
    found = _LOCALE.fullmatch(value) if isinstance(value, str) and "-" in value else None
    if found is None or not is_language(found["language"]):
        return None
    scripts, regions = _scripts_and_regions()
    known = (found["script"] is None or found["script"] in scripts) and (
        found["region"] is None or found["region"] in regions
    )
    return found["language"] if known else None


def tag_fault(value: str) -> str | None:
    """Return why a word cannot be one of a model's own tags, as a sentence after it; None when it can."""
    kind, colon, rest = value.partition(":")
    if colon and rest and (key := _TAGS_OF_FIELDS.get(kind.strip().lower())):
        return f"is a tag that the Hub makes itself, of what `{key}` says. Write that, and take the tag out."
    return None


def instead(value: Any, allowed: Collection[str]) -> str:
    """Return which word of a vocabulary was meant by one that is not in it, as a sentence."""
    lowered = {word.lower(): word for word in allowed}
    close = get_close_matches(str(value).lower(), lowered, 1, 0.7)
    if close:
        return f"Did you mean `{lowered[close[0]]}`?"
    return f"Allowed are {len(allowed)} identifiers, such as {', '.join(f'`{word}`' for word in sorted(allowed)[:3])}."


def _near_licences(value: str) -> list[str]:
    """Return the licences that a name may mean: the one that says the same in the Hub's spelling, else the nearest."""
    words = _AROUND_A_LICENCE.sub(" ", value.lower())
    words = re.sub(r"(?<=[a-z])[- ]?v?(?=[0-9])", "-", words)  # GPLv3, Apache 2.0
    plain = re.sub(r"[^a-z0-9.]+", "-", words).strip("-.")
    for spelling in (plain, f"{plain}.0", plain.removesuffix(".0")):
        if spelling in LICENCES:
            return [spelling]
    # A name cut short, such as cc-by-sa, is nearer to each of its versions than any other word.
    begun = sorted(name for name in LICENCES if name.startswith(f"{plain}-")) if plain else []
    return (begun or get_close_matches(plain, LICENCES, 3, 0.7))[:3]


def _language_advice(value: Any, *, with_locales: bool) -> str:
    if is_text(value):
        written = _as_bcp47(value)
        code = written if is_language(written) or language_of(written) else _code_of_name(value)
        if code and is_language(code):
            return f"Write `{code}`."
        if code and with_locales:
            return f"Write `{code}`."
        if code:
            return f"Write `{language_of(code)}`, and `{code}` in `language_bcp47`."
    if with_locales:
        return "Write two or three small letters (ISO 639), such as `en` or `zh-Hant`, or `multilingual`."
    return "Write two or three small letters (ISO 639) or `multilingual`; BCP 47 goes to `language_bcp47`."


def _as_bcp47(value: str) -> str:
    """Return a code with its letters as BCP 47 has them, and hyphens between its parts: ``zh_cn`` is ``zh-CN``."""
    first, *others = re.split(r"[-_]", value.strip())
    cased = [
        part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part.lower()
        for part in others
    ]
    return "-".join([first.lower(), *cased])


@cache
def _scripts_and_regions() -> tuple[frozenset[str], frozenset[str]]:
    from babel import Locale

    english = Locale("en")
    return frozenset(english.scripts), frozenset(english.territories)


def _code_of_name(name: str) -> str | None:
    """Return the code of a language that is called by its English name or its own: ``english``, ``deutsch``."""
    from babel import Locale, localedata

    wanted = name.strip().casefold()
    for code, english in Locale("en").languages.items():
        if english.casefold() == wanted:
            return _as_bcp47(code)
    for code in localedata.locale_identifiers():
        if code in LANGUAGES and str(Locale.parse(code).languages.get(code, "")).casefold() == wanted:
            return str(code)
    return None
