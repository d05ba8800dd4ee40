"""A person's edit of a text and the next release of it: both, by a merge of three, or what stands against that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from hubpress.errors import HubpressError
from hubpress.hub.clashes import diff_of
from hubpress.hub.marks import MarksError, Piece, is_marked, joined, pieces_of
from hubpress.hub.merged_fields import FieldError, fields_of, merged_fields
from hubpress.hub.readme import read_card
from hubpress.hub.three_way import merge
from hubpress.layout import GENERATED

_BEFORE, _NOW = "as it was released", "on the Hub"
NUMBER = re.compile(r"https?://[^\s)>\]]+|\d[\d.,]*")
"""A number, or an address, in a sentence."""
_COUNT = re.compile(r"(?<![\w.])\d")
_ADDRESS = re.compile(r"https?://\S+")
_FIGURE = re.compile(r"(?<![\w.:/])\d{1,3}\.\d{1,4}(?![\w.]*\d)|\d\s?%")  # and no version, nor a paper's number


_MEND = (
    "Nothing was changed. Put that back as it was on the Hub, and write it outside of the marks or into the "
    "recipe; with --adopt the release's lines count there, and all else that was edited is kept."
)
_TELL = (
    "Nothing was changed. Put that back as it was: the history of the repository has it; with --adopt the whole text "
    "becomes the release's, and the history keeps yours."
)


class EditConflict(HubpressError):
    """An edit by hand that a release cannot keep.

    *differences* has the lines, and *adopted* the text in which the release's count there.
    """

    def __init__(
        self, name: str, faults: Sequence[str], differences: Sequence[str], *, adopted: str, hint: str = _MEND
    ) -> None:
        self.name = name
        self.faults = tuple(faults)
        self.differences = tuple(differences)
        self.adopted = adopted
        what = f"{name} was edited by hand, and not all of it can be kept: {' '.join(faults)}"
        super().__init__(what, hint=hint)


@dataclass(frozen=True)
class Edited:
    """A text that somebody has edited: as the last release made it, and as it is now."""

    base: str
    """Empty where nobody knows any more how that was."""
    theirs: str


def merged(edited: Edited, ours: str, *, name: str) -> str:
    """Return what a release makes of a text, with what a person has written into the one before.

    What stands outside of the marks is kept as it is. Inside, lines that the release does not change are kept as they
    were edited; so are fields of the front matter that it does not write. Raises EditConflict for the rest, with a
    diff.
    """
    base, theirs = _plain(edited.base), _plain(edited.theirs)
    if base == theirs:
        return ours
    before, now, released = _told_apart(base, ours, theirs, name=name)
    front, faults, lines = _front(base, ours, theirs, name=name)
    found, old = ({one.section: one for one in side if one.section} for side in (now, before))
    names = [one.section for one in released]
    for section, piece in found.items():
        if section in names and section in old:
            continue
        if section not in old:
            faults.append(f"line {piece.line}: no release has written a section {section!r}.")
            lines += diff_of(f"{name} ({section})", "", piece.text, of=_BEFORE, after=_NOW)
        elif piece.text != old[section].text:
            faults.append(f"line {piece.line}: the release has no section {section!r} any more.")
            lines += diff_of(f"{name} ({section})", old[section].text, piece.text, of=_BEFORE, after=_NOW)
    # Marks of a person's own are no sign of anything, but what they stand around is that person's.
    now = [replace(one, section=None) if one.section and one.section not in old else one for one in now]
    outside = _outside(now, before, names)
    # What the release itself has there says that it was withdrawn.
    pieces = [piece for piece in released if piece.section is None] + outside.get(None, [])
    for piece in (one for one in released if one.section):
        if piece.section in found and piece.section in old:
            text, fault = _merged_section(old[piece.section].text, piece.text, found[piece.section].text)
            if fault:
                faults.append(f"in {piece.section!r}, line {found[piece.section].line} and below: {fault}.")
                lines += diff_of(f"{name} ({piece.section})", found[piece.section].text, text)
            piece = Piece(text, piece.section, piece.line)
        pieces += [piece, *outside.get(piece.section, [])]
    text = front + joined(pieces)
    if faults:
        raise EditConflict(name, faults, lines, adopted=text)
    return text


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


def lines_at_risk(edited: Edited, *, name: str, known: Iterable[str] = ()) -> list[tuple[int, str]]:
    """Return the edited lines inside of the marks that the next release may yet change: by number in the text on the
    Hub, each with the first line of the release's that has a number, at it or right beside it.

    A line that stands in one of the *known* texts, which nothing measures, is none. Raises MarksError.
    """
    whole = "\n".join(known)
    before = {piece.section: piece.text.split("\n") for piece in _pieces(_plain(edited.base), name) if piece.section}
    found = []
    for piece in _pieces(_plain(edited.theirs), name):
        base, theirs = before.get(piece.section or "", []), piece.text.split("\n")
        for what, start, end, first, _ in SequenceMatcher(None, base, theirs, autojunk=False).get_opcodes():
            # Changes that touch are one: the lines next to an edit count as well.
            near = base[max(start - 1, 0) : end + 1] if what != "equal" and base else []
            risky = next((line for line in near if _is_counted(line) and _bare(line) not in whole), None)
            if risky is not None:
                found.append((piece.line + first, risky))
    return found


def has_figure(sentence: str) -> bool:
    """Return whether a sentence has a number that looks measured."""
    return _FIGURE.search(_ADDRESS.sub("", sentence)) is not None


def _is_counted(line: str) -> bool:
    """Return whether a line has a number that is no part of a word or an address."""
    return _COUNT.search(_ADDRESS.sub("", line)) is not None


def _bare(line: str) -> str:
    """Return a line without what makes it one of a list, or of a quotation."""
    return line.strip().lstrip("-*> ")


def _told_apart(base: str, ours: str, theirs: str, *, name: str) -> list[list[Piece]]:
    """Return the pieces of the text before, of the one on the Hub and of the released one.

    Raises EditConflict where nothing tells which of them are a person's.
    """
    lines = diff_of(name, theirs, ours)
    if not base:
        why = f"{GENERATED}/{name}, which tells what of it is the release's, was changed or removed."
        raise EditConflict(name, [why], lines, adopted=ours, hint=_TELL)
    try:
        sides = [_pieces(text, name) for text in (base, theirs, ours)]
    except MarksError as error:
        lines = diff_of(name, base, theirs, of=_BEFORE, after=_NOW)
        raise EditConflict(name, [f"{error.where}: {error.what}"], lines, adopted=ours, hint=_TELL) from error
    if not all(any(piece.section for piece in side) for side in sides):
        why = "it has no marks of hubpress's, so that nobody can tell whose a sentence is."
        raise EditConflict(name, [why], lines, adopted=ours, hint=_TELL)
    return sides


def _front(base: str, ours: str, theirs: str, *, name: str) -> tuple[str, list[str], list[str]]:
    """Return the merged front matter, and what stands against it, with a diff."""
    body = [read_card(text).body for text in (theirs, ours)]
    tops = [_top(text, rest) for text, rest in zip((theirs, ours), body, strict=True)]
    try:
        fields, faults = merged_fields(*(fields_of(text, name=name) for text in (base, ours, theirs)))
    except FieldError as error:
        return tops[1], [str(error)], diff_of(name, *tops)
    return (f"---\n{fields}\n---\n\n" if fields else ""), faults, diff_of(name, *tops) if faults else []


def _merged_section(base: str, ours: str, theirs: str) -> tuple[str, str | None]:
    """Return a section with an edit of it, and what stands against that; then it is the release's where they differ."""
    before, now = base.split("\n"), theirs.split("\n")
    prose = _edited_prose(before, now)
    fault = None
    if prose != now:
        fault = "a table, code, a figure or a picture was edited, which are what was measured and tried"
    both = merge(before, ours.split("\n"), prose)
    if not both.is_clean:
        fault = fault or "the release changes the very lines that were edited"
    return "\n".join(both.lines).strip("\n"), fault


def _edited_prose(base: list[str], theirs: list[str]) -> list[str]:
    """Return a text on the Hub without its edits of what was measured or tried."""
    code, their_code = _in_code(base), _in_code(theirs)
    kept: list[str] = []
    for what, start, end, first, last in SequenceMatcher(None, base, theirs, autojunk=False).get_opcodes():
        gone, come = base[start:end], theirs[first:last]
        is_code = any(code[start:end]) or any(their_code[first:last])
        kept += gone if what != "equal" and (is_code or _touches_what_was_measured(gone, come)) else come
    return kept


def _touches_what_was_measured(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Return whether an edit has or takes away a line of a table or with a figure, or has another number."""
    shown = ("|", "![", "<img", "<source")
    if any(line.lstrip().startswith(shown) or has_figure(line) for line in (*gone, *come)):
        return True
    return not {NUMBER.sub("#", line) for line in gone}.isdisjoint(NUMBER.sub("#", line) for line in come)


def _in_code(lines: Sequence[str]) -> list[bool]:
    """Return of each line whether it stands in a block of code, or begins or ends one."""
    found, inside = list[bool](), False
    for line in lines:
        is_fence = line.lstrip().startswith(("```", "~~~"))
        found.append(inside or is_fence)
        inside ^= is_fence
    return found


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
