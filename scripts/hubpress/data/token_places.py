"""Where the tokens of a sentence stand in its own text."""

from __future__ import annotations

from collections.abc import Sequence


def spaces_after(tokens: Sequence[str], text: str) -> list[bool] | None:
    """Return for each token whether white space follows it in *text* (after the last one: at its end).

    Returns None where the text is not that of the tokens, one after the other.
    """
    spaces: list[bool] = []
    position = len(text) - len(text.lstrip())
    for token in tokens:
        if not token or not text.startswith(token, position):
            return None
        position += len(token)
        rest = text[position:].lstrip()
        spaces.append(len(rest) < len(text) - position)
        position = len(text) - len(rest)
    return spaces if position == len(text) else None
