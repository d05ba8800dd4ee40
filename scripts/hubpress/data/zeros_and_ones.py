"""Lists of zeros and ones where labels are called 0 or 1 themselves: positions or names, as all records tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubpress.data.label_values import BadAnswer, named
from hubpress.text import quoted

Answer = list[str] | list[int]
"""A record's labels by their names; or zeros and ones, of which it is not known yet whether they are names."""

_NAMES = 'write names as texts, such as ["1", "0"], or give the positions other names in data.labels'


@dataclass
class Reading:
    """What the zeros and ones of records are, gathered answer by answer."""

    names: Sequence[str]
    """The labels that the recipe lists."""
    positions: list[int] | None = None
    """The first list that can only be positions: a label stands once, and one that is not listed never."""
    words: list[str] | None = None
    """The first list that can only be names: not as long as the labels, or of other words."""
    either: list[int] | None = None
    """The first list that can be both."""

    @property
    def is_certain(self) -> bool:
        """Return whether it can be told, or has been seen to be contradictory."""
        return self.either is None or self.positions is not None or self.words is not None

    def add(self, answer: Answer) -> None:
        """Take in one record's answer; one without labels says nothing."""
        bits = [one for one in answer if isinstance(one, int)]
        if not bits:
            self.words = self.words or [one for one in answer if isinstance(one, str)] or None
        elif len(set(bits)) < len(bits) or not {str(bit) for bit in bits} <= set(self.names):
            self.positions = self.positions or bits
        elif len(bits) != len(self.names):
            self.words = self.words or [str(bit) for bit in bits]
        else:
            self.either = self.either or bits

    def labels(self, answer: Answer) -> list[str]:
        """Return the labels of an answer by their names, sorted.

        Raises BadAnswer where some answers are names and others positions, and where all could be both.
        """
        bits = [one for one in answer if isinstance(one, int)]
        if not bits:
            return [one for one in answer if isinstance(one, str)]
        if self.positions and self.words:
            wanted = f"{quoted(self.positions, 40)} is one of positions, but {quoted(self.words, 40)} one of names"
            raise BadAnswer(f"the list {quoted(bits, 40)}", f"{wanted}; {_NAMES}")
        if not self.positions and not self.words:
            wanted = f"it is read by position as {named(bits, self.names)}, by name as {[str(bit) for bit in bits]}"
            raise BadAnswer(f"the list {quoted(bits, 40)}", f"{wanted}; {_NAMES}")
        return sorted(named(bits, self.names) if self.positions else map(str, bits))
