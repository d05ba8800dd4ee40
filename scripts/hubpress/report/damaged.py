"""Texts that something went wrong with before they came here: no value written as a text, lost or misread letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
from ftfy.badness import BADNESS_RE

from hubpress.report.texts import NO_VALUE, Records, normal_form
from hubpress.schemas.data_report import Damage, DamagedTexts
from hubpress.text import shorten

_BEFORE = 20  # characters that an example shows before the damage
_SHOWN = 60
_REPLACED = re.compile("\ufffd")


def damaged_texts(records: Records) -> tuple[DamagedTexts, ...]:
    """Return for each kind of damage how many texts have it, with the first of them; every text is looked at."""
    counts: dict[Damage, int] = dict.fromkeys(_DAMAGES, 0)
    first: dict[Damage, tuple[str, int, str]] = {}
    for name, split in records.splits.items():
        row = 0
        for texts in split.batches(np.arange(len(split))):
            for text in texts:
                for damage, start in _damages(text):
                    counts[damage] += 1
                    first.setdefault(damage, (name, row, shorten(text[max(0, start - _BEFORE) :], _SHOWN)))
                row += 1
    return tuple(
        DamagedTexts(
            kind=damage,
            texts=counts[damage],
            split=split,
            row=records.splits[split].table[row]["row"],
            example=example,
        )
        for damage, (split, row, example) in sorted(first.items(), key=lambda item: list(_DAMAGES).index(item[0]))
    )


def _damages(text: str) -> Iterator[tuple[Damage, int]]:
    for damage, find in _DAMAGES.items():
        start = find(text)
        if start is not None:
            yield damage, start


def _no_value(text: str) -> int | None:
    """Return where a text has a line that is no value: one of the columns that an input_template puts together."""
    start = 0
    for line in text.split("\n"):
        if len(line) < 40 and normal_form(line) in NO_VALUE:
            return start
        start += len(line) + 1
    return None


def _replaced(text: str) -> int | None:
    found = None if text.isascii() else _REPLACED.search(text)
    return found.start() if found else None


def _misread(text: str) -> int | None:
    found = None if text.isascii() else BADNESS_RE.search(text)
    return found.start() if found else None


_DAMAGES: dict[Damage, Callable[[str], int | None]] = {
    "no value": _no_value,
    "replaced": _replaced,
    "misread": _misread,
}
