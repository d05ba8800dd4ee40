"""A person's edit of a text and the next release of it: both, by a merge of three, or what stands against that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hubpress.errors import HubpressError
from hubpress.hub.clashes import diff_of
from hubpress.hub.marks import MarksError, Piece, is_marked, joined, pieces_of
from hubpress.hub.merged_fields import FieldConflict, fields_of, merged_fields
from hubpress.hub.readme import read_card
from hubpress.hub.three_way import merge

_BEFORE, _NOW = "as it was released", "on the Hub"
NUMBER = re.compile(r"https?://[^\s)>\]]+|\d[\d.,]*")
"""A number, or an address, in a sentence."""
_ADDRESS = re.compile(r"https?://\S+")
_FIGURE = re.compile(r"(?<![\w.:/])\d{1,3}\.\d{1,4}(?![\w.]*\d)|\d\s?%")  # and no version, nor a paper's number


class EditConflict(HubpressError):
    """An edit by hand that a release cannot keep; *differences* has the lines."""

    def __init__(self, name: str, faults: Sequence[str], differences: Sequence[str] = ()) -> None:
        self.name = name
        self.faults = tuple(faults)
        self.differences = tuple(differences)
        hint = (
            "Nothing was changed. Put that back as it was on the Hub, and write it outside of the marks or into the "
            "recipe; with --adopt the release's lines count there, and all else that was edited is kept."
        )
        what = f"{name} was edited by hand, and not all of it can be kept: {' '.join(faults)}"
        super().__init__(what, hint=hint)


@dataclass(frozen=True)
class Edited:
    """A text that somebody has edited: as the last release made it, and as it is now."""

    base: str
    theirs: str


def merged(edited: Edited, ours: str, *, name: str, ours_first: bool = False) -> str:
    """Return what a release makes of a text, with what a person has written into the one before.

    What stands outside of the marks is kept as it is. Inside, lines that the release does not change are kept as they
    were edited; so are fields of the front matter that it does not write. Raises EditConflict for the rest, with a
    diff; with *ours_first* the release's lines count there.
    """
    base, theirs = _plain(edited.base), _plain(edited.theirs)
    if base == theirs:
        return ours
    front, before, now, released = _front(base, ours, theirs, name=name, ours_first=ours_first)
    pieces, faults, lines = list[Piece](), list[str](), list[str]()
    found, old = ({one.section: one for one in side if one.section} for side in (now, before))
    names = [one.section for one in released]
    for section, piece in found.items():
        if section not in old:
            faults.append(f"line {piece.line}: no release has written a section {section!r}.")
        elif section not in names and piece.text != old[section].text:
            faults.append(f"line {piece.line}: the release has no section {section!r} any more.")
            lines += diff_of(f"{name} ({section})", old[section].text, piece.text, of=_BEFORE, after=_NOW)
    outside = _outside(now, before, names)
    # What the release itself has there says that it was withdrawn.
    pieces += [piece for piece in released if piece.section is None] + outside.get(None, [])
    for piece in (one for one in released if one.section):
        if piece.section in found and piece.section in old:
            text, fault = _merged_section(old[piece.section].text, piece.text, found[piece.section].text)
            if fault:
                faults.append(f"in {piece.section!r}, line {found[piece.section].line} and below: {fault}.")
                lines += diff_of(f"{name} ({piece.section})", found[piece.section].text, piece.text)
            piece = Piece(text, piece.section, piece.line)
        pieces += [piece, *outside.get(piece.section, [])]
    if faults and not ours_first:
        raise EditConflict(name, faults, lines)
    return front + joined(pieces)


def own_part(text: str, *, name: str) -> str:
    """Return a text without what stands outside of its marks; one without marks as it is. Raises MarksError."""
    text = _plain(text)
    body = read_card(text).body
    if not is_marked(body):
        return text
    return _top(text, body) + joined([piece for piece in _pieces(text, name) if piece.section is not None])


def written_outside(text: str, *, name: str, base: str = "") -> list[Piece]:
    """Return what people have written outside of a text's marks, and not what *base* has there.

    Of a text without marks that is nothing. Raises MarksError.
    """
    text, before = _plain(text), _pieces(_plain(base), name)
    if not is_marked(text):
        return []
    found = (_theirs(piece, before) for piece in _pieces(text, name) if piece.section is None)
    return [piece for piece in found if piece.text]


def changed_inside(edited: Edited, *, name: str) -> list[str]:
    """Return the lines that people have written inside of the marks. Raises MarksError."""
    base = {line for piece in _pieces(_plain(edited.base), name) if piece.section for line in piece.text.split("\n")}
    return [
        line
        for piece in _pieces(_plain(edited.theirs), name)
        if piece.section
        for line in piece.text.split("\n")
        if line.strip() and line not in base
    ]


def has_figure(sentence: str) -> bool:
    """Return whether a sentence has a number that looks measured."""
    return _FIGURE.search(_ADDRESS.sub("", sentence)) is not None


def _front(
    base: str, ours: str, theirs: str, *, name: str, ours_first: bool
) -> tuple[str, list[Piece], list[Piece], list[Piece]]:
    """Return the merged front matter, and the pieces of the three texts."""
    try:
        one, two, three = (fields_of(text, name=name) for text in (base, ours, theirs))
        fields = merged_fields(one, two, three, ours_first=ours_first)
        before, now, released = (_pieces(text, name) for text in (base, theirs, ours))
    except FieldConflict as error:
        body = [read_card(text).body for text in (theirs, ours)]
        tops = [_top(text, rest) for text, rest in zip((theirs, ours), body, strict=True)]
        raise EditConflict(name, error.faults, diff_of(name, *tops)) from error
    except MarksError as error:
        raise EditConflict(name, [str(error)], diff_of(name, base, theirs, of=_BEFORE, after=_NOW)) from error
    if not all(any(piece.section for piece in side) for side in (before, now, released)):
        why = "it has no marks of hubpress's, so that nobody can tell whose a sentence is."
        raise EditConflict(name, [why], diff_of(name, theirs, ours))
    return (f"---\n{fields}\n---\n\n" if fields else ""), before, now, released


def _merged_section(base: str, ours: str, theirs: str) -> tuple[str, str | None]:
    """Return a section with an edit of it, and what stands against that; then it is the release's where they differ."""
    sides = [text.split("\n") for text in (base, ours, theirs)]
    fault = None
    if _touches_what_was_measured(sides[0], sides[2]):
        fault = "a table, code, a figure or a picture was edited, which are what was measured and tried"
        sides[2] = sides[0]
    both = merge(sides[0], sides[1], sides[2])
    if not both.is_clean:
        fault = fault or "the release changes the very lines that were edited"
    return "\n".join(both.lines).strip("\n"), fault


def _touches_what_was_measured(base: Sequence[str], theirs: Sequence[str]) -> bool:
    """Return whether an edit has or takes away a line of a table, of code or with a figure, or has another number."""
    gone, come = [*_only_in(base, theirs)], [*_only_in(theirs, base)]
    shown = ("|", "![", "<img", "<source")
    if any(in_code or line.lstrip().startswith(shown) or has_figure(line) for line, in_code in gone + come):
        return True
    return not {NUMBER.sub("#", line) for line, _ in gone}.isdisjoint(NUMBER.sub("#", line) for line, _ in come)


def _only_in(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the lines that the other text does not have, each with whether it stands in a block of code."""
    known, in_code = set(other), False
    for line in one:
        is_fence = line.lstrip().startswith(("```", "~~~"))
        in_code ^= is_fence
        if line not in known:
            yield line, in_code or is_fence


def _outside(
    now: Sequence[Piece], before: Sequence[Piece], names: Sequence[str | None]
) -> dict[str | None, list[Piece]]:
    """Return what people wrote outside, by the section below which it stands, of those that stay (None: above all)."""
    found: dict[str | None, list[Piece]] = {}
    last: str | None = None
    for piece in now:
        if piece.section in names and piece.section:
            last = piece.section
        elif piece.section is None and (theirs := _theirs(piece, before)).text:
            found.setdefault(last, []).append(theirs)
    return found


def _theirs(piece: Piece, before: Sequence[Piece]) -> Piece:
    """Return a piece outside of the marks without the lines that the release itself had there."""
    own = {line for one in before if one.section is None for line in one.text.split("\n") if line.strip()}
    kept = [line for line in piece.text.split("\n") if line not in own]
    return replace(piece, text="\n".join(kept).strip("\n"))


def _pieces(text: str, name: str) -> list[Piece]:
    card = read_card(text)
    return pieces_of(card.body, name=name, first_line=card.body_line)


def _top(text: str, body: str) -> str:
    top = text[: len(text) - len(body)].strip("\n")
    return f"{top}\n\n" if top else ""


def _plain(text: str) -> str:
    """Return a text with the line ends that hubpress writes: editors in browsers and on Windows write others."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
