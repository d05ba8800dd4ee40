"""Texts that are too long for where they stand."""

from __future__ import annotations


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, with … where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
