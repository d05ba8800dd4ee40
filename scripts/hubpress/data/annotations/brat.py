"""brat's standoff files: a text, and beside it an .ann file with the places of its entities."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hubpress.data.entity_values import Unit, entity_values, in_characters
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile
from hubpress.data.text_files import lines
from hubpress.errors import DataError
from hubpress.files import JsonObject
from hubpress.input_template import Record

_ENTITY = re.compile(r"T\S*\t(?P<label>\S+) (?P<places>\d+ \d+(?:;\d+ \d+)*)\t(?P<covered>.*)")
_EVENT = re.compile(r"E\S*\t[^:\s]+:(\S+)")
_OTHERS = {
    "R": "relations",
    "*": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalizations",
    "#": "notes",
}
_TRIGGERS = "triggers of events"


def documents(names: Sequence[str]) -> list[str]:
    """Return the texts among *names*, paths of texts and their .ann files.

    Raises DataError for a text without an .ann file and for an .ann file without its text.
    """
    known = {Path(name) for name in names}
    for path in sorted(known):
        other = annotations_of(path) if path.suffix != ".ann" else path.with_suffix(".txt")
        if other not in known and not other.is_file():
            what = f"has no {other.suffix} file beside it."
            raise DataError(what, where=str(path), hint="brat has a .txt and an .ann file of the same name.")
    return sorted({str(path if path.suffix != ".ann" else path.with_suffix(".txt")) for path in known})


def with_pairs(names: Sequence[str]) -> list[str]:
    """Return paths of texts together with those of their .ann files, whichever of the two are named."""
    return sorted({name for text in documents(names) for name in (text, str(annotations_of(Path(text))))})


def annotations_of(text: Path) -> Path:
    """Return the .ann file of a text."""
    return text.with_suffix(".ann")


def read_brat(file: RecordFile) -> Iterator[Found]:
    """Yield a document as one record: its ``text`` and its ``entities``, mappings of start, end and label.

    The entities stand in the .ann file beside it. Relations, events with their triggers, attributes,
    normalizations and notes are counted, not read. Raises DataError with the line for an entity of several pieces, and
    for one that does not cover what it says.
    """
    found: list[JsonObject] = []
    triggers: set[str] = set()
    text, beside = "".join(lines(file)), annotations_of(Path(file.display_name))
    ann = replace(file, path=annotations_of(file.path), display_name=str(beside))
    numbered = [(number, line.rstrip("\r\n")) for number, line in enumerate(lines(ann), start=1) if line.strip()]
    others: Counter[str] = Counter()
    for _, line in numbered:
        if match := _EVENT.match(line):
            triggers.add(match[1])
    for number, line in numbered:
        where = ann.line(number)
        if not line.startswith("T"):
            others[_other(line, where)] += 1
        elif line.split("\t")[0] in triggers:
            others[_TRIGGERS] += 1
        else:
            found.append(_entity(line, text, where, file.written.offsets or "characters"))
    for what, count in others.items():
        yield LeftOut(what, is_record=False, count=count)
    record: Record = {"text": text, "entities": found, "document": beside.stem}
    file.columns.refuse_missing(record, display_name=file.display_name)
    yield record


def _other(line: str, where: str) -> str:
    if line[0] not in _OTHERS:
        raise DataError(f"{line[:40]!r} is no line of brat.", where=where, hint="Begin it with T, R, E, A, N or #.")
    return _OTHERS[line[0]]


def _entity(line: str, text: str, where: str, unit: Unit) -> JsonObject:
    match = _ENTITY.fullmatch(line)
    if not match:
        what = f"{line[:60]!r} is no entity."
        raise DataError(what, where=where, hint="Write T1, a tab, TYPE 0 5, a tab, and the words it covers.")
    pieces = [[int(place) for place in piece.split()] for piece in match["places"].split(";")]
    for (_, end), (start, _) in itertools.pairwise(pieces):
        # brat divides an entity where a line of the text ends; that is no gap.
        gap = in_characters(text, end, start, unit)
        if gap is None or text[slice(*gap)].strip():
            what = f"the entity {match['label']} has {len(pieces)} pieces with words between them."
            raise DataError(what, where=where, hint="Tags mark what stands together: join the pieces, or keep one.")
    marked: JsonObject = {
        "start": pieces[0][0],
        "end": pieces[-1][1],
        "label": match["label"],
        "text": match["covered"],
    }
    entity_values([marked], text, location=where, unit=unit)
    return marked
