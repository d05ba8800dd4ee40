"""Words for people: did you mean, shortened texts, lists and sizes; and places in a text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

_CLAUSE = re.compile(r"([.!?](?= )|(?=[:;] | [—(]))")

Span = tuple[int, int]
"""A place in a text: its first character, and the one after its last."""


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it, in megabytes of a million."""
    return f"{size / 1e6:,.1f} MB"


def shorten(text: str, length: int = 300) -> str:
    """Return a text in one line for reading, of at most *length* characters.

    A longer one is cut at the end of a word where there is one near, and ends with …
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = line.rfind(" ", length * 2 // 3, length - 1)  # not every language puts spaces between words
    return f"{line[:end]} …" if end > 0 else f"{line[: length - 1]}…"


def beginning(text: str, length: int) -> str:
    """Return a text in one line of at most *length* characters: whole, or what of it makes sense by itself.

    A longer one ends with its last whole sentence or clause that has room; where there is none, at the end of a word,
    and with …
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    ends = [found.end(1) for found in _CLAUSE.finditer(line) if length // 3 <= found.end(1) <= length]
    if ends:
        return line[: ends[-1]]
    words, cut = shorten(line, length).removesuffix("…"), "…"
    return f"{words.rstrip(' ,;:-—(')}{' ' * words.endswith(' ')}{cut}"


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number with what it counts: ``1 record``, ``1,200 records``."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def listed(names: Sequence[str], joined: str = "and") -> str:
    """Return names as a sentence has them: a, b and c; of alternatives *joined* by "or"."""
    *most, last = names
    return f"{', '.join(most)} {joined} {last}" if most else last


def shortened(text: str, most: int) -> str:
    """Return a text as it is, of at most so many characters; a longer one is cut anywhere, and ends with …"""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(value: object, most: int = 80) -> str:
    """Return a value as a message quotes it: as Python writes it, in one line of at most so many characters.

    A longer one is cut before its end, which stays: ``'a long tex...'``, ``[1, 2, 3...]``.
    """
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 4]}...{text[-1]}"


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest known word, or an empty string."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.55)
    return f" Did you mean {close[0]!r}?" if close else ""


def tight(text: str, span: Span) -> Span:
    """Return a span without the white space at its ends; an empty one where it holds nothing else."""
    covered = text[span[0] : span[1]]
    start = span[0] + len(covered) - len(covered.lstrip())
    return start, start + len(covered.strip())
