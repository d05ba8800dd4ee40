"""What records write for numbers -> numbers, read only where that is certain."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hubpress.data.label_values import BadAnswer
from hubpress.text import quoted

Range = tuple[float, float] | None
"""The least and the greatest of a number; None where none is said."""

_WRITTEN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WANTED = "a number is written with digits and a decimal point, such as 3.5"
_LARGEST = 1e30  # well within the numbers of 32 bits that models are made of


def numbers(values: Mapping[str, Any], ranges: Mapping[str, Range]) -> str:
    """Return the numbers of a record as a JSON list; *values* are those of its columns, in the order of *ranges*.

    Raises BadAnswer for what is no number, is none in certain, or lies outside of its range.
    """
    found = []
    for (column, value), (name, limits) in zip(values.items(), ranges.items(), strict=True):
        number = one_number(value, f" in the column {column!r}" if len(values) > 1 else "")
        if limits and not limits[0] <= number <= limits[1]:
            raise BadAnswer(f"{number:g}", f"data.targets says that {name!r} is from {limits[0]:g} to {limits[1]:g}")
        found.append(number)
    return json.dumps(found)


def one_number(value: Any, where: str = "") -> float:
    """Return the number that a value is. Raises BadAnswer, with *where* it stands, for anything else."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        raise BadAnswer(f"no number{where}", "fill it in, or take the record out")
    if isinstance(value, str):
        text = value.strip()
        if not _WRITTEN.fullmatch(text):
            wanted = f"{_WANTED}, not a comma" if re.fullmatch(r"[+-]?[\d.]*,\d+", text) else _WANTED
            raise BadAnswer(f"{quoted(value, 40)}{where}", wanted)
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadAnswer(f"{quoted(value, 40)}{where}", _WANTED)
    number = float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise BadAnswer(f"{quoted(value, 40)}{where}", "a number of a model is finite, and at most 1e30")
    return number
