"""A recipe as it comes about: its values with a comment for each guess, what is told of it, and how it is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubpress.recipe.open_places import open_places
from hubpress.yaml12 import Place, YamlMapping, text_of

_WIDTH = 116
_INDENT = 2


@dataclass
class Sheet:
    """The values of a recipe in their order; *given* are those that a person gave, which nothing goes over."""

    given: YamlMapping = field(default_factory=dict)
    values: YamlMapping = field(default_factory=dict)
    comments: dict[Place, list[str]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    """What was found out with certainty: a key or a word, and what of it."""
    guessed: dict[str, str] = field(default_factory=dict)
    """What was guessed: the key, and why so."""

    def is_given(self, *place: str) -> bool:
        """Tell whether a person gave a value at *place*, or in it."""
        return self.of_given(*place) is not None

    def of_given(self, *place: str) -> Any:
        """Return what a person gave at *place*; None for nothing."""
        value: Any = self.given
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def put(self, *place: str, value: Any, guess: str = "", note: str = "") -> None:
        """Put a value at *place* unless a person gave one; a *guess* says in its comment why it was made."""
        if (own := self.of_given(*place)) is not None and not isinstance(own, dict):
            value, guess, note = own, "", ""
        block = self.values
        for key in place[:-1]:
            block = block.setdefault(key, {})
        block[place[-1]] = value
        if note:
            self.say(*place, note=note)
        if guess:
            self.say(*place, note=f"guessed: {guess}")
            self.guessed[".".join(place)] = guess

    def say(self, *place: str, note: str) -> None:
        """Put a comment above the value at *place*."""
        self.comments.setdefault(place, []).append(note)

    @property
    def missing(self) -> dict[str, str]:
        """Return the keys at which a person has to fill something in, each with what belongs there."""
        told: dict[str, str] = {}
        for place, what in open_places(self.values).items():
            key = ".".join(part for part in place if isinstance(part, str))
            told[key] = f"{told[key]}, {what}" if key in told else what
        return told

    def lay_given(self) -> None:
        """Put all that a person gave over the values."""
        _lay(self.given, self.values)

    def text(self, heading: str) -> str:
        """Return the recipe as it is written, below a comment that heads it."""
        return "\n".join([*_commented(heading, ""), *self._lines(self.values, ())]) + "\n"

    def _lines(self, block: YamlMapping, place: Place) -> Iterator[str]:
        indent = " " * (_INDENT * len(place))
        for key, value in block.items():
            inner = (*place, key)
            if not place:
                yield ""
            for comment in self.comments.get(inner, ()):
                yield from _commented(comment, indent)
            name = text_of({key: None}).removesuffix(": null\n")
            if isinstance(value, dict) and value and any(at[: len(inner)] == inner for at in self.comments if at):
                yield f"{indent}{name}:"
                yield from self._lines(value, inner)
            else:
                yield from (f"{indent}{line}" if line else "" for line in text_of({key: value}).splitlines())


def _lay(over: Mapping[str, Any], values: YamlMapping) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _lay(value, values[key])
        elif value is None:
            values.pop(key, None)
        else:
            values[key] = value


def _commented(text: str, indent: str) -> Iterator[str]:
    for part in text.split("\n"):
        for line in textwrap.wrap(part, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False):
            yield f"{indent}# {line}"
