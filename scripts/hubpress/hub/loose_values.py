"""Small questions asked of values that may be anything: they come from YAML and JSON that somebody may have edited."""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Any, TypeGuard

from hubpress.files import JsonObject


def is_text(value: Any) -> TypeGuard[str]:
    """Tell whether *value* is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether *value* is a finite number; true and false are none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


def is_share(value: Any) -> TypeGuard[int | float]:
    """Tell whether *value* is a number from 0 to 1."""
    return is_number(value) and 0 <= value <= 1


def is_given(value: Any) -> bool:
    """Tell whether *value* says anything: false and 0 do."""
    return value not in (None, "", [], {})


def one_of(value: Any, allowed: Container[str]) -> TypeGuard[str]:
    """Tell whether *value* is one of the texts in *allowed*; a list or a mapping, which sets choke on, is not."""
    return isinstance(value, str) and value in allowed


def as_list(value: Any) -> list[Any]:
    """Return *value* when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_mapping(value: Any) -> JsonObject:
    """Return *value* when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def one_or_more(value: Any) -> list[Any]:
    """Return *value* when it is a list, else a list of it alone."""
    return value if isinstance(value, list) else [value]
