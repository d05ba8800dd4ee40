"""Marks in a card: invisible comments around each section that a release writes. What stands outside is a person's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hubpress.errors import HubpressError
from hubpress.hub.readme import read_card

_TOP = "top"
_BEGIN, _END = "<!-- hubpress: begin {} -->", "<!-- hubpress: end {} -->"
_MARK = re.compile(r"[ \t]*<!--\s*hubpress:\s*(?P<which>begin|end)\s+(?P<section>[a-z0-9-]+)\s*-->[ \t]*")
_LIKE_A_MARK = re.compile(r"<!--\s*hubpress:")
NOTE = "<!-- Each release writes what stands between `begin` and `end`; what you write outside of them stays. -->"
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


class MarksError(HubpressError):
    """Marks that do not say with certainty whose a text is."""


@dataclass(frozen=True)
class Piece:
    """A piece of a text: a section that a release wrote, by its name, or what a person has written outside of any."""

    text: str
    section: str | None
    line: int
    """Its first line, from 1."""

    def __str__(self) -> str:
        if self.section is None:
            return self.text
        return f"{_BEGIN.format(self.section)}\n{self.text}\n\n{_END.format(self.section)}"


def marked(text: str) -> str:
    """Return a card or report with marks around each of its sections, which begin with a heading of the second level.

    Raises MarksError for a text that has marks already.
    """
    body = read_card(text).body
    if found := _LIKE_A_MARK.search(body):
        what = f"a text of the recipe, or of the records, has a mark of hubpress's own: {found[0]!r}."
        raise MarksError(what, where="the card", hint="Write it otherwise.")
    top = text[: len(text) - len(body)].strip("\n")
    names: set[str] = set()
    pieces = []
    for number, (heading, text) in enumerate(_sections(body)):
        if number and not (heading or text):
            continue
        name = base = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or ("section" if number else _TOP)
        count = 1
        while name in names:
            count += 1
            name = f"{base}-{count}"
        names.add(name)
        # The first tells whoever opens the file in an editor what the marks are for.
        pieces.append(Piece(f"{NOTE}\n\n{text}" if number == 0 else text, name, 1))
    return (f"{top}\n\n" if top else "") + joined(pieces)


def joined(pieces: list[Piece]) -> str:
    """Return the text that pieces make, one empty line between two."""
    return "\n\n".join(str(piece) for piece in pieces if piece.section is not None or piece.text) + "\n"


def pieces_of(text: str, *, name: str, first_line: int = 1) -> list[Piece]:
    """Take a marked text apart; *first_line* is where it begins in the file of that *name*.

    Pieces outside that are empty are left out. Raises MarksError for a mark without its other, one in another, or one
    that is there twice.
    """
    pieces: list[Piece] = []
    lines: list[str] = []
    section, start = None, first_line

    def close() -> None:
        inside = "\n".join(lines).strip("\n")
        if section is not None or inside.strip():
            pieces.append(Piece(inside if section is not None else inside.rstrip(), section, start))

    for number, line in enumerate(text.split("\n"), first_line):
        mark = _MARK.fullmatch(line)
        if mark is None:
            if _LIKE_A_MARK.search(line):
                raise _astray(name, number, f"{line.strip()!r} is no mark of hubpress's")
            lines.append(line)
            continue
        which, found = mark["which"], mark["section"]
        if which == "begin" and section is not None:
            raise _astray(name, number, f"{found!r} begins where {section!r} has not ended")
        if which == "end" and section != found:
            raise _astray(name, number, f"{found!r} ends where it has not begun")
        if which == "begin" and any(piece.section == found for piece in pieces):
            raise _astray(name, number, f"{found!r} is there a second time")
        close()
        section, lines, start = (found if which == "begin" else None), [], number + 1
    if section is not None:
        raise _astray(name, start - 1, f"{section!r} has no end")
    close()
    return pieces


def is_marked(text: str) -> bool:
    """Return whether a text has a mark anywhere."""
    return _LIKE_A_MARK.search(text) is not None


def without_marks(text: str) -> str:
    """Return a text without the lines that are marks, or that say what they are for."""
    return "\n".join(line for line in text.split("\n") if line != NOTE and not _MARK.fullmatch(line))


def _astray(name: str, line: int, what: str) -> MarksError:
    hint = "Put the marks back as they were: the history of the repository has them."
    return MarksError(f"the marks of hubpress do not say whose the text is: {what}.", where=f"{name}:{line}", hint=hint)


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """Yield heading and text of each section; the first has none, or that of the whole text."""
    heading, lines, fence, folded = "", list[str](), "", 0
    for line in body.strip("\n").split("\n"):
        if found := _FENCE.match(line):
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        if not fence:
            folded += line.startswith("<details") - line.startswith("</details")
        if line.startswith("## ") and not fence and not folded:
            yield heading, "\n".join(lines).strip("\n")
            heading, lines = line[3:], []
        lines.append(line)
    yield heading, "\n".join(lines).strip("\n")
