"""CoNLL files: one token a line in columns, an empty line between sentences, comments and marks of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from hubpress.data.bracket_tags import as_iob2, is_bracketed, refuse_coreference
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile
from hubpress.data.text_files import lines
from hubpress.data.token_places import placed
from hubpress.errors import DataError
from hubpress.text import counted

COLUMNS = ("tokens", "tags", "text", "places", "document", "line", "lines")
"""What a record has beside the columns of the file, which go by their numbers from 1, or by their names."""

WITHOUT_PLACES = "texts in comments that are not those of their tokens"

_BLANK = " \t\r\n"
_TAG = re.compile(r"O|[BIELSU]-.+|\*\)?|\([^\W\d][^()]*[*)]")
_DOCUMENT = re.compile(r"#\s*(newdoc|begin document)\b")
_COMMENT_TEXT = re.compile(r"#\s*text\s*=\s*(.*?)\s*$")
_COLUMN_NAMES = re.compile(r"#\s*global\.columns\s*=\s*(.+)")
_GLUED_WORD = re.compile(r"#[^\W\d]\w*")
_LANGUAGE = re.compile(r"([a-z]{2,3}(?:-[a-z]+)*:)\S")
# What a file is like is decided by its first sentences, as many as these.
_LOOKED_AT = 50
_FEWEST_ALIKE = 8
_FEWEST_OF_2012 = 12
_OF_2012 = (
    "CoNLL-2012 files have a column more for each predicate of a sentence. Keep the words and the entities alone: "
    "awk '/^#/ {print; next} {print $4, $11}' FILE > NEW"
)


@dataclass(frozen=True)
class Shape:
    """How the lines of a file are divided into columns."""

    has_tabs: bool
    width: int
    names: tuple[str, ...] = ()
    """The names of the columns where the file says them."""

    @classmethod
    def of(cls, first: list[str]) -> Shape:
        """Return what the last of the first lines of a file shows: all before it are comments and marks."""
        named = next((match[1].split() for line in first if (match := _COLUMN_NAMES.match(line))), [])
        has_tabs = "\t" in first[-1].strip(_BLANK) if first else False
        return cls(has_tabs, len(cls(has_tabs, 0).cells(first[-1])) if first else 0, tuple(named))

    def cells(self, line: str) -> list[str]:
        """Return the columns of a line. Only tabs and spaces divide: a no-break space belongs to its token."""
        if self.has_tabs:  # so that a token may hold spaces
            return [cell.strip(" ") for cell in line.strip(_BLANK).split("\t")]
        return re.split(r"[ \t]+", line.strip(_BLANK))

    def index(self, column: str) -> int | None:
        """Return which column a recipe means by a number from 1 or by a name; None where there is no such one."""
        if column.isdecimal() and 1 <= int(column) <= self.width:
            return int(column) - 1
        return self.names.index(column) if column in self.names else None


@dataclass
class Sentence:
    """The lines of one sentence, divided into columns."""

    document: int
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        """Return a column, one value a token."""
        return [row[index] for row in self.rows]

    def put(self, index: int, values: list[str]) -> None:
        """Put other values into a column."""
        for row, value in zip(self.rows, values, strict=True):
            row[index] = value

    def places(self, display_name: str) -> list[str]:
        """Return where each token stands, as messages say it."""
        return [f"{display_name}:{line}" for line in self.lines]

    @property
    def text(self) -> str | None:
        """The sentence as it was written, where a comment says it."""
        return next((match[1] for line in self.comments if (match := _COMMENT_TEXT.match(line))), None)


def read_conll(file: RecordFile) -> Iterator[Found]:
    """Yield one record a sentence with the columns asked for: a column of the file by its number or name, or one of
    :data:`COLUMNS`.

    These are ``tokens`` (the first column) and ``tags`` (the last, as written), ``document`` (a count), ``line`` and
    ``lines`` (of the tokens), and, where a comment has the sentence's own text, ``text`` and ``places`` (where in it
    each token begins and ends). Raises DataError with file and line for what cannot be read with certainty.
    """
    columns, display_name = file.columns.fields, file.display_name
    shape, every = look_at(lines(file))
    known = [*COLUMNS, *map(str, range(1, shape.width + 1)), *shape.names]
    file.columns.refuse_missing(known, display_name=display_name)
    wanted = {"tokens": 0, "tags": -1}
    wanted |= {name: place for name in columns if (place := shape.index(name)) is not None}
    tokens, tags = (
        next((name for name, asking in columns.items() if asking == f"data.columns.{key}" and name in wanted), key)
        for key in ("tokens", "tags")
    )
    found = sentences(every, shape, wanted[tags], display_name=display_name)
    first = list(islice(found, _LOOKED_AT))
    if tokens == "tokens" and shape.width > 2:
        _refuse_numbers(first, display_name)
    shown = [tag for sentence in first for tag in sentence.column(wanted[tags])]
    refuse_coreference(shown, display_name)
    has_brackets = is_bracketed(shown)
    prefix = _prefix(first, wanted[tokens])
    for sentence in chain(first, found):
        if prefix:
            _take_off(prefix, sentence, wanted[tokens], display_name)
        words = sentence.column(wanted[tokens])
        if has_brackets:
            sentence.put(wanted[tags], as_iob2(sentence.column(wanted[tags]), sentence.places(display_name)))
        places = placed(words, sentence.text) if sentence.text else None
        if sentence.text and not places:
            yield LeftOut(WITHOUT_PLACES, is_record=False)
        yield {
            **{name: sentence.column(index) for name, index in wanted.items()},
            "text": sentence.text if places else None,
            "places": places,
            "document": sentence.document,
            "line": sentence.lines[0],
            "lines": sentence.lines,
        }


def look_at(every: Iterable[str]) -> tuple[Shape, Iterator[str]]:
    """Return how the lines of a file are divided, by its first one with a token, and all lines once more."""
    rest, first = iter(every), []
    for line in rest:
        first.append(line)
        if line.strip(_BLANK) and not line.lstrip(_BLANK).startswith(("#", "-DOCSTART-")):
            return Shape.of(first), chain(first, rest)
    return Shape.of([]), iter(())


def sentences(
    every: Iterable[str], shape: Shape, tag: int, *, display_name: str, numbered: bool = False
) -> Iterator[Sentence]:
    """Yield the sentences of a file; *tag* is the column of the tags, *numbered* says that no token begins with #.

    Raises DataError with the line for one that has not as many columns as the first.
    """
    sentence = Sentence(document=0)
    for number, line in enumerate(every, start=1):
        cells = shape.cells(line)
        mark = cells[0] == "-DOCSTART-"
        if mark or not line.strip(_BLANK):
            if sentence.rows:
                yield sentence
                sentence = Sentence(sentence.document)
            sentence.document += mark
        elif cells[0].startswith("#") and (numbered or not _is_token(cells, shape, tag, inside=bool(sentence.rows))):
            where = f"{display_name}:{number}"
            _refuse_doubtful(cells, shape, where, inside=bool(sentence.rows), numbered=numbered)
            sentence.document += bool(_DOCUMENT.match(line))
            sentence.comments.append(line)
        else:
            _refuse_width(cells, shape, f"{display_name}:{number}")
            sentence.rows.append(cells)
            sentence.lines.append(number)
    if sentence.rows:
        yield sentence


def _is_token(cells: list[str], shape: Shape, tag: int, *, inside: bool) -> bool:
    """Comments stand before their sentence; there a line is a token's only if it ends as such lines do."""
    return len(cells) == shape.width and (inside or bool(_TAG.fullmatch(cells[tag])))


def _refuse_doubtful(cells: list[str], shape: Shape, where: str, *, inside: bool, numbered: bool) -> None:
    if inside:
        has = counted(len(cells), "column")
        what = f"begins with # inside a sentence and has {has} where its tokens have {shape.width}."
        raise DataError(what, where=where, hint="Put comments before their sentence, and give each token its tag.")
    if not numbered and len(cells) == 1 and _GLUED_WORD.fullmatch(cells[0]):
        what = f"{cells[0]!r} is a comment or a token without a tag."
        raise DataError(what, where=where, hint="Put a space behind the # of a comment; give a token its tag.")


def _refuse_width(cells: list[str], shape: Shape, where: str) -> None:
    if shape.width < 2:
        hint = "A CoNLL line is a token, further columns, and the tag last, divided by tabs or spaces."
        raise DataError("has one column where a token and its tag are needed.", where=where, hint=hint)
    if len(cells) != shape.width:
        by = "tabs" if shape.has_tabs else "spaces"
        what = f"has {counted(len(cells), 'column')} where the first line has {shape.width}."
        hint = f"Divide every line of a token by {by} into as many."
        if min(len(cells), shape.width) >= _FEWEST_OF_2012 and not shape.has_tabs:
            hint = _OF_2012
        raise DataError(what, where=where, hint=hint)
    if "" in cells:
        what = f"column {cells.index('') + 1} is empty."
        raise DataError(what, where=where, hint="Columns are divided by one tab each; write _ for nothing.")


def _refuse_numbers(first: list[Sentence], display_name: str) -> None:
    counted = [row[0] for sentence in first for row in sentence.rows]
    expected = [str(number) for sentence in first for number in range(1, len(sentence.rows) + 1)]
    if len(counted) > 1 and counted == expected:
        what = "the first column counts the tokens of each sentence."
        hint = "Set data.columns.tokens to the number of the column with the tokens (2), and tags to that of the tags."
        raise DataError(what, where=display_name, hint=hint)
    if len(counted) >= _FEWEST_ALIKE and len(set(counted)) == 1:
        what = f"the first column is {counted[0]!r} for every token, such as the name of a document."
        hint = "Set data.columns.tokens to the number of the column with the tokens (in CoNLL-2012 files 4)."
        raise DataError(what, where=display_name, hint=hint)


def _prefix(first: list[Sentence], tokens: int) -> str:
    """Return what WikiANN writes before each token, its language (``en:Rome``); empty where one token lacks it."""
    words = [word for sentence in first for word in sentence.column(tokens)]
    match = _LANGUAGE.match(words[0]) if len(words) > 2 else None
    return match[1] if match and all(word.startswith(match[1]) for word in words) else ""


def _take_off(prefix: str, sentence: Sentence, tokens: int, display_name: str) -> None:
    for row, line in zip(sentence.rows, sentence.lines, strict=True):
        if not row[tokens].startswith(prefix) or row[tokens] == prefix:
            what = f"{row[tokens]!r} does not begin with {prefix!r} as the tokens before it do."
            raise DataError(what, where=f"{display_name}:{line}", hint="Write it before every token, or before none.")
        row[tokens] = row[tokens].removeprefix(prefix)
