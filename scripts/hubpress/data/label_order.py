"""The order of labels that no list orders: numbers by their size, everything else by the alphabet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

_NUMBER = re.compile(r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)(?: *(?P<unit>[^\W\d]+))?")

_TRUTH = {"true": "1", "false": "0"}


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels in the order of their ids.

    Where all are numbers, or numbers of one unit (``1 star``, ``2 stars``), they follow their size; else the alphabet.
    """
    listed = sorted(labels)
    sizes = _sizes(listed)
    return tuple(sorted(listed, key=lambda label: sizes[label])) if sizes else tuple(listed)


def same_number(labels: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two labels that are the same number; None where there are none.

    Such are ``1`` and ``1.0``, and ``1`` and ``True``, as JSON writes one answer now and then.
    """
    by_size: dict[Decimal, str] = {}
    for label in sorted(labels):
        found = _NUMBER.fullmatch(_TRUTH.get(label.lower(), label))
        if found and not found["unit"]:
            other = by_size.setdefault(Decimal(found["number"]), label)
            if other.lower() != label.lower():
                return other, label
    return None


def _sizes(labels: list[str]) -> dict[str, Decimal] | None:
    """Return each label's size; None unless all are numbers of one unit."""
    found = [_NUMBER.fullmatch(label) for label in labels]
    units = {re.sub("(?<=..)s$", "", (match["unit"] or "").casefold()) for match in found if match}
    if len(units) != 1 or not all(found):
        return None
    return {match[0]: Decimal(match["number"]) for match in found if match}
