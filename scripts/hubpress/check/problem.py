"""What a rule has to say: where, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to put right: *where* it is (a path in the folder, with the line if known), and what to do."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"

    @property
    def order(self) -> tuple[str, int, str]:
        """Return the key that sorts problems by file, then line as a number, then text."""
        located = re.fullmatch(r"(.*):(\d+)", self.where)
        return (located[1], int(located[2]), self.text) if located else (self.where, 0, self.text)


def printable(name: str) -> str:
    """Return a file's name with control characters, and bytes that are not UTF-8, escaped: it goes to a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
