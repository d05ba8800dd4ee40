"""Tokens -> the text that they were cut from, as far as it can be told, with the place of every token in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

from hubpress.text import Span

_WITHOUT_SPACES = frozenset(("zh", "yue", "wuu", "ja", "th", "lo", "km", "my", "bo", "dz"))
_NEGATION = re.compile(r"(?<=\w) (?=n['\u2019]t\b)", re.IGNORECASE)  # "did n't", which sacremoses 0.2 leaves apart
# Escapes of the Penn Treebank, and what texts have in their place.
_ESCAPED = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
# Marks that sacremoses does not know, and those of its own that are spaced as they are: Treebank's quotes, and the
# Arabic comma, semicolon, question mark and (of Urdu) full stop.
_LIKE = {"``": "(", "''": ")", "\u060c": ",", "\u061b": ";", "\u061f": "?", "\u06d4": "."}
_LIKE_IN_ENGLISH = {"\u201c": "(", "\u201d": ")"}  # elsewhere the first one may close, and the second one open
_SPACED_SCRIPTS = ("LATIN", "DIGIT", "GREEK", "CYRILLIC")


def joined(tokens: Sequence[str]) -> tuple[str, list[Span]]:
    """Return tokens with a space between two, and where each of them stands."""
    ends = accumulate((len(token) + 1 for token in tokens), initial=0)
    return " ".join(tokens), [(start, start + len(token)) for start, token in zip(ends, tokens, strict=False)]


def restored(tokens: Sequence[str], language: str) -> tuple[str, list[Span]]:
    """Return the natural text of tokens in a language (by its code), and where each of them stands.

    By sacremoses; of a language that is written without spaces the tokens are joined without. The escapes of the Penn
    Treebank (``-LRB-``, two backticks) become the signs that they stand for. A sentence in which the tokens cannot be
    found again as they are gets a space between two.
    """
    code = language.replace("_", "-").partition("-")[0].lower()
    written = [_ESCAPED.get(token.upper(), token) for token in tokens]
    like = {**_LIKE, **(_LIKE_IN_ENGLISH if code == "en" else {})}
    known = [like.get(token, sign) for token, sign in zip(tokens, written, strict=True)]
    text = _run_together(known) if code in _WITHOUT_SPACES else _detokenizer(code)(known)
    spans = _places(known, text)
    return joined(written) if spans is None else _spaced_as(written, text, spans)


def _spaced_as(tokens: Sequence[str], text: str, places: Sequence[Span]) -> tuple[str, list[Span]]:
    """Return the text of tokens with the spaces that *text* has between others at *places*, and where each stands."""
    parts: list[str] = []
    spans: list[Span] = []
    length = reached = 0
    for token, (start, end) in zip(tokens, places, strict=True):
        parts += text[reached:start], token
        begin = length + start - reached
        length, reached = begin + len(token), end
        spans.append((begin, length))
    return "".join(parts), spans


@cache
def _detokenizer(code: str) -> Callable[[Sequence[str]], str]:
    from sacremoses import MosesDetokenizer

    moses: Any = MosesDetokenizer(lang=code)

    def natural(tokens: Sequence[str]) -> str:
        text = str(moses.detokenize(list(tokens), unescape=False))
        return _NEGATION.sub("", text) if code == "en" else text

    return natural


def _run_together(tokens: Sequence[str]) -> str:
    """Join tokens without spaces, but for two words of a script that has them ("GPT", "4")."""
    between = [" " * (_is_spaced(one[-1]) and _is_spaced(other[0])) for one, other in pairwise(tokens)]
    return "".join(f"{token}{space}" for token, space in zip(tokens, [*between, ""], strict=True))


def _is_spaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_SPACED_SCRIPTS)


def _places(tokens: Sequence[str], text: str) -> list[Span] | None:
    """Return where tokens stand in a text of theirs with white space between them; None where it is no such text."""
    spans: list[Span] = []
    reached = 0
    for token in tokens:
        while not text.startswith(token, reached):
            if not text[reached : reached + 1].isspace():
                return None
            reached += 1
        spans.append((reached, reached + len(token)))
        reached += len(token)
    return spans if reached == len(text) else None
