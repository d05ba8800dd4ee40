"""Where the tokens of a sentence stand in its own text."""

from __future__ import annotations

from collections.abc import Sequence

Place = tuple[int, int]
"""The first character of a token, and the one after its last."""


def placed(tokens: Sequence[str], text: str) -> list[Place] | None:
    """Return where each token stands in *text*; None where the text is not that of the tokens, one after the other."""
    places: list[Place] = []
    end = 0
    for token in tokens:
        start = end + len(text) - end - len(text[end:].lstrip())
        if not token or not text.startswith(token, start):
            return None
        end = start + len(token)
        places.append((start, end))
    return places if not text[end:].strip() else None
