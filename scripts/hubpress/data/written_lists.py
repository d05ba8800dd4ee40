"""Lists that stand as text in a cell, as Python, JSON or numpy write them: read only where that is certain."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_CLOSING = {"[": "]", "(": ")", "{": "}"}
_WORDS = {"None": None, "null": None, "nan": None, "True": True, "true": True, "False": False, "false": False}
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_VALUE = rf"(?:{_QUOTED}|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|{'|'.join(_WORDS)})"
_WITH_COMMAS = re.compile(rf"(?:{_VALUE}\s*(?:,\s*{_VALUE}\s*)*,?\s*)?", re.S)
_WITH_SPACES = re.compile(rf"{_VALUE}(?:\s+{_VALUE})+\s*", re.S)
_VALUES = re.compile(_VALUE, re.S)


def written_list(text: str) -> list[Any] | None:
    """Return the values of a list (a tuple, a set) of texts and numbers; None for what is not certainly one.

    numpy puts spaces between values, no commas: Python would read ``['a' 'b']`` as one text.
    """
    text = text.strip()
    if len(text) < 2 or _CLOSING.get(text[0]) != text[-1]:
        return None
    inner = text[1:-1].strip()
    is_numpy = text[0] == "[" and _WITH_SPACES.fullmatch(inner) is not None
    if not is_numpy and not _WITH_COMMAS.fullmatch(inner):
        return None
    try:
        values = [_value(found) for found in _VALUES.findall(inner)]
    except (ValueError, SyntaxError):
        return None
    # Numbers in round brackets may be anything: a year, a remark.
    return values if text[0] == "[" or any(isinstance(value, str) for value in values) else None


def looks_like_list(text: str) -> bool:
    """Return whether a text is written like a list, even if its values cannot be told."""
    text = text.strip()
    if written_list(text) is not None:
        return True
    # The brackets of "[new], [used]" belong to its parts; those of "[new, used]" do not.
    return len(text) > 1 and text[0] == "[" and text[-1] == "]" and "[" not in text[1:] and "]" not in text[:-1]


def _value(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if word[0] == '"':
        try:
            return json.loads(word, strict=False)
        except json.JSONDecodeError:
            pass  # it has escapes that only Python knows
    return ast.literal_eval(word.lstrip("+")) if word[0] not in "'\"" else ast.literal_eval(_one_line(word))


def _one_line(word: str) -> str:
    """Return a quoted text with its line breaks as Python needs them."""
    return word.replace("\n", "\\n").replace("\r", "\\r")
