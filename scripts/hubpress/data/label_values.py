"""What records write for labels -> the labels as words: one value, lists, texts, zeros and ones, columns of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hubpress.data.written_lists import looks_like_list, written_list
from hubpress.text import counted, quoted

_ON_OR_OFF = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False, "": False}


class BadAnswer(ValueError):
    """A value is no answer: *found* says in words what is there, *wanted* what should be."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"{found}; {wanted}")
        self.found = found
        self.wanted = wanted


def one_label(value: Any, names: Sequence[str] | None = None) -> str:
    """Return a record's one label; of a vector of zeros and ones the one of *names* at whose position the one 1 is.

    Raises BadAnswer for several values, and for a vector without names.
    """
    listed = _parsed(value)
    if isinstance(listed, list) and _is_vector(listed):
        on = named(listed, names)
        if len(on) != 1:
            raise BadAnswer(counted(len(on), "label"), "a record has exactly one")
        return on[0]
    if isinstance(value, list | dict):
        raise BadAnswer(f"a {type(value).__name__}", "a label is one value")
    if isinstance(listed, list) and any(isinstance(label, str) for label in listed):
        raise BadAnswer(f"the list {quoted(value, 40)}", "a label is one value")
    return _word(value)


def several_labels(value: Any, separator: str | None, names: Sequence[str] | None = None) -> str:
    """Return a record's labels, sorted, each once, as a JSON list; *names* are the labels that the recipe lists.

    A text is divided by the separator; without one it is a list as Python, JSON or numpy write it. A vector of zeros
    and ones gives the names at the positions of its ones; where a label is called 0 or 1 itself it is kept as it is,
    for all records together to tell (see ``zeros_and_ones``). Raises BadAnswer for anything else.
    """
    listed = _listed(value, separator)
    if _is_vector(listed):
        if {"0", "1"} & set(names or ()):
            return json.dumps([int(bit) for bit in listed])
        return json.dumps(sorted(named(listed, names)), ensure_ascii=False)
    words = _words(listed, value, names)
    if len(set(words)) < len(words) and set(words) <= {"0", "1"}:
        wanted = "a label stands once; zeros and ones for the positions of labels are numbers in a list, such as [1, 0]"
        raise BadAnswer(f"{quoted(value, 40)}, in which a label stands twice", wanted)
    return json.dumps(sorted(set(words)), ensure_ascii=False)


def one_of_columns(values: dict[str, Any]) -> str:
    """Return the one column that says so. Raises BadAnswer where none or several do, or a value is not 1 or 0."""
    on = _on(values)
    if len(on) != 1:
        raise BadAnswer(f"{len(on)} of their columns with 1", "a record has exactly one label")
    return on[0]


def several_of_columns(values: dict[str, Any]) -> str:
    """Return the columns that say so, as a JSON list. Raises BadAnswer for a value that is not 1 or 0."""
    return json.dumps(sorted(_on(values)), ensure_ascii=False)


def named(vector: Sequence[Any], names: Sequence[str] | None) -> list[str]:
    """Return the names at the positions of a vector's ones. Raises BadAnswer where there is not one name for each."""
    if names is None:
        wanted = "list the labels of its positions in data.labels, or what the numbers stand for in data.label_names"
        raise BadAnswer(f"the vector {quoted(list(vector), 40)}", wanted)
    if len(vector) != len(names):
        raise BadAnswer(f"a vector of {len(vector)} zeros and ones", f"data.labels has {len(names)} labels")
    return [name for name, value in zip(names, vector, strict=True) if value]


def _listed(value: Any, separator: str | None) -> list[Any]:
    """Return a record's labels as a list of values."""
    listed = _parsed(value) if separator is None else value
    if isinstance(listed, str) and listed.strip():
        if separator is None:
            wanted = "name the mark between its labels in data.columns.separator"
            if looks_like_list(listed):
                wanted = "write its labels in quotes, as JSON has them"
            elif listed.strip()[0] + listed.strip()[-1] in ("{}", "[]"):
                wanted = 'write the names of its labels as a list, such as ["event", "urgent"]'
            raise BadAnswer(f"the text {quoted(listed, 40)}", wanted)
        if looks_like_list(listed):
            wanted = "take out data.columns.separator" if written_list(listed) is not None else "take the brackets out"
            raise BadAnswer(f"the text {quoted(listed, 40)}, which looks like a list", wanted)
        listed = listed.split(separator)
    elif not isinstance(listed, list):
        if _word(listed):
            raise BadAnswer(quoted(value, 40), "labels are a list of words, or a text with a separator")
        listed = []
    if any(isinstance(label, list | dict) for label in listed):
        raise BadAnswer(quoted(value, 40), "labels are a list of words, or a text with a separator")
    found: list[Any] = listed
    return found


def _words(listed: Sequence[Any], value: Any, names: Sequence[str] | None) -> list[str]:
    strange = next((label for label in listed if isinstance(label, float) and str(label) not in (names or ())), None)
    if strange is not None and strange == strange:
        raise BadAnswer(f"the numbers {quoted(value, 40)}", "labels are words, whole numbers, or zeros and ones")
    return [word for word in map(_word, listed) if word]


def _parsed(value: Any) -> Any:
    """Return the list that a text is; anything else as it is."""
    found = written_list(value) if isinstance(value, str) else None
    return value if found is None else found


def _is_vector(listed: Sequence[Any]) -> bool:
    """Return whether values are zeros and ones, as they stand for the positions of labels."""
    return len(listed) > 1 and all(isinstance(value, int | float) and value in (0, 1) for value in listed)


def _on(values: dict[str, Any]) -> list[str]:
    return [column for column, value in values.items() if _is_on(column, value)]


def _is_on(column: str, value: Any) -> bool:
    word = _word(value).lower()
    if word not in _ON_OR_OFF:
        raise BadAnswer(f"{quoted(value, 40)} in the column {column!r}", "write 1 or 0, true or false")
    return _ON_OR_OFF[word]


def _word(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()
