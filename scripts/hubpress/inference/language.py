"""The language that a text seems to be in, by py3langid."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LEAST_BYTES = 30
"""Of letters, that a language can be told by: thirty Latin ones, fifteen Cyrillic ones, ten Chinese ones."""
_CONFIDENCE = 0.9
_BEGINNING = 1_000  # of a text, by which its language is told
_NONE = "zxx"  # no language: numbers, code
# What is told apart by single words is not told apart in short texts.
_ALIKE = [{"no", "nb", "nn", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"}, {"zh", "wuu", "yue"}, {"ar", "arz", "ary"}]


def language_of(text: str) -> str | None:
    """Return the code of the language that a text seems to be in; None of one that is too short or not clear enough."""
    beginning = text[:_BEGINNING]
    if len("".join(filter(str.isalpha, beginning)).encode()) < _LEAST_BYTES:
        return None
    code, confidence = _identifier().classify(beginning)
    return str(code) if confidence >= _CONFIDENCE and code != _NONE else None


def with_alike(codes: set[str]) -> set[str]:
    """Return codes of languages, and those that short texts do not tell from them."""
    return codes | {code for alike in _ALIKE if alike & codes for code in alike}


def can_be_told(codes: set[str]) -> bool:
    """Return whether all of some codes are of languages that are told, and not words such as ``multilingual``."""
    return codes <= {*_identifier().labels, *set[str]().union(*_ALIKE)}


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
