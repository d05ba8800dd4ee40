"""Tags of tokens in any of the usual schemes -> IOB2, where every entity begins with B-."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hubpress.errors import DataError
from hubpress.metrics.iob2 import OUTSIDE
from hubpress.recipe.data import Scheme

TagLocation = Callable[[int], str]
"""From the position of a tag in its sentence to the words that say where it stands."""

# L- and U- are BILOU's names for E- and S-.
_LETTERS = {"B": "B", "I": "I", "E": "E", "L": "E", "S": "S", "U": "S"}

# How a tag may be used -> the schemes that use it so, and the words for it.
_USES: dict[str, tuple[frozenset[Scheme], str]] = {
    "I begins": (frozenset(("IOB1",)), "begins an entity"),
    "B begins": (frozenset(("IOB2", "BIOES")), "begins an entity that does not follow another of its type"),
    "nothing ends": (frozenset(("IOB1", "IOB2")), "is the last of an entity without being E or L"),
    "E ends": (frozenset(("BIOES",)), "ends an entity"),
    "S stands": (frozenset(("BIOES",)), "is an entity by itself"),
}


class TagReader:
    """Reads the sentences of one data set, all in one scheme: the recipe's, or the one that their tags show."""

    def __init__(self, scheme: Scheme | None) -> None:
        self._evidence: list[tuple[frozenset[Scheme], str]] = []
        if scheme:
            self._evidence.append((frozenset((scheme,)), f"data.scheme is {scheme}"))

    def read(self, tags: Sequence[str], location: TagLocation) -> list[str]:
        """Return the tags of a sentence as IOB2; *location* says in words where each of them stands.

        Raises DataError for what is no tag, for one that ends nothing, and for one of another scheme than an earlier
        one.
        """
        normal: list[str] = []
        open_kind = kind_before = ""
        for index, tag in enumerate(tags):
            letter, kind = _parsed(tag, location, index)
            continues = letter in ("I", "E") and kind == open_kind
            if open_kind and not continues:
                self._take("nothing ends", tags[index - 1], location, index - 1)
            use = _use(letter, continues=continues, follows=kind == kind_before)
            if letter == "E" and not continues:
                what = f"{tag} ends an entity that has not begun."
                raise DataError(what, where=location(index), hint="Mend the tags.")
            if use:
                self._take(use, tag, location, index)
            normal.append(f"{'I' if continues else 'B'}-{kind}" if letter else OUTSIDE)
            open_kind, kind_before = kind if letter in ("B", "I") else "", kind
        if open_kind:
            self._take("nothing ends", tags[-1], location, len(tags) - 1)
        return normal

    def _take(self, use: str, tag: str, location: TagLocation, index: int) -> None:
        schemes, words = _USES[use]
        other = next((why for allowed, why in self._evidence if not allowed & schemes), None)
        if other:
            named = " or ".join(sorted(schemes, reverse=True))
            raise DataError(
                f"{tag} {words}, as in {named}, but {other}.",
                where=location(index),
                hint="Mend the tags, or data.scheme.",
            )
        if all(allowed != schemes for allowed, _ in self._evidence):
            self._evidence.append((schemes, f"{tag} {words} in {location(index)}"))


def _parsed(tag: str, location: TagLocation, index: int) -> tuple[str, str]:
    """Return a tag's letter and type, both empty for a token outside of entities."""
    if tag == OUTSIDE:
        return "", ""
    letter, dash, kind = tag.partition("-")
    if letter not in _LETTERS or not dash or not kind:
        raise DataError(f"{tag!r} is no tag.", where=location(index), hint="Write O, B-TYPE or I-TYPE.")
    return _LETTERS[letter], kind


def _use(letter: str, *, continues: bool, follows: bool) -> str | None:
    """Return what a tag shows of its scheme: a key of the table, or None for what all schemes have."""
    uses = {"I": "I begins" if not continues else None, "B": "B begins" if not follows else None}
    return {**uses, "E": "E ends", "S": "S stands"}.get(letter)
