"""CoNLL-U and CoNLL-U Plus: numbered words, words that share one token, and where a space follows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hubpress.data.conll import COLUMNS, WITHOUT_PLACES, Sentence, Shape, look_at, sentences
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile, RequiredColumns
from hubpress.data.text_files import lines
from hubpress.data.token_places import Place, placed
from hubpress.errors import DataError
from hubpress.text import counted, listed

TEN = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
"""The columns of CoNLL-U; those of CoNLL-U Plus stand in a comment, ``# global.columns``."""

BORDER_INSIDE = "an entity begins or ends inside a token of several words"

_NUMBER = re.compile(r"(\d+)(?:-(\d+)|\.\d+)?")
_USUAL_TAGS = "NER"


@dataclass(frozen=True)
class _Token:
    """A token of the text: of one line, or of several words whose lines are *rows*."""

    form: str
    rows: tuple[int, ...]
    space_after: bool


def read_conllu(file: RecordFile) -> Iterator[Found]:
    """Yield one record a sentence with the columns asked for: a column of the file by its number or name, a key of
    its MISC, or one of :data:`~hubpress.data.conll.COLUMNS`.

    Words that share a token (``1-2``) become one, unless they are written one after the other in it; empty nodes
    (``8.1``) are no tokens. ``tokens`` are the forms, ``tags`` the column or the key of MISC called NER. ``text`` and
    ``places`` come of ``# text`` or of ``SpaceAfter=No``. A sentence in which a token of several words holds only a
    part of an entity is left out. Raises DataError as :func:`~hubpress.data.conll.read_conll` does.
    """
    columns, display_name = file.columns.fields, file.display_name
    shape, every = look_at(lines(file))
    shape = _named(shape, display_name)
    tags = next((name for name, key in columns.items() if key.endswith(".tags")), "tags")
    tag_source = _USUAL_TAGS if tags == "tags" else tags
    sources = {name: tag_source if name == tags else name for name in columns if name not in COLUMNS[2:]}
    sources = {name: "FORM" if source == "tokens" else source for name, source in sources.items()}
    if "MISC" not in shape.names:
        known = list(dict.fromkeys([*COLUMNS[2:], *map(str, range(1, shape.width + 1)), *shape.names]))
        asked = RequiredColumns({source: columns[name] for name, source in sources.items()})
        asked.refuse_missing(known, display_name=display_name)
    reader = _Reader(shape, sources, tags, Counter(), Counter())
    for sentence in sentences(every, shape, 0, display_name=display_name, numbered=True):
        yield from reader.records(sentence, display_name)
    reader.refuse_missing(columns, display_name)


def _named(shape: Shape, display_name: str) -> Shape:
    """Return the shape with names for all columns: a file may have others than the ten behind number and form."""
    if shape.names and len(shape.names) != shape.width:
        what = f"has {counted(shape.width, 'column')} where # global.columns names {len(shape.names)}."
        raise DataError(what, where=display_name, hint="Divide them by tabs, or mend the comment.")
    missing = [name for name in ("ID", "FORM") if shape.names and name not in shape.names]
    if missing:
        raise DataError(f"has no column {missing[0]}.", where=display_name, hint="Name it in # global.columns.")
    others = TEN if shape.width == len(TEN) else ("ID", "FORM", *map(str, range(3, shape.width + 1)))
    return shape if shape.names else replace(shape, names=others)


@dataclass(frozen=True)
class _Reader:
    shape: Shape
    sources: dict[str, str]
    """For each column of a record the column of the file, or the key of MISC."""
    tags: str
    seen: Counter[str]
    """How often each key of MISC that is asked for stands there."""
    offered: Counter[str]
    """The keys of MISC."""

    def records(self, sentence: Sentence, display_name: str) -> Iterator[Found]:
        tokens = _tokens(sentence, self.shape, display_name)
        if not tokens:
            return
        record: dict[str, object] = {}
        for name, source in self.sources.items():
            values = self._values(sentence, source)
            if name == self.tags:
                merged = [_merged([values[row] for row in token.rows]) for token in tokens]
                if None in merged:
                    yield LeftOut(BORDER_INSIDE)
                    return
                record[name] = merged
            elif self.shape.index(source) == self.shape.names.index("FORM"):
                record[name] = [token.form for token in tokens]
            else:
                record[name] = [" ".join(dict.fromkeys(values[row] for row in token.rows)) for token in tokens]
        text, places = _text(sentence, tokens)
        if sentence.text and places is None:
            yield LeftOut(WITHOUT_PLACES, is_record=False)
        line_of = [sentence.lines[token.rows[0]] for token in tokens]
        yield {
            **record,
            "text": text,
            "places": places,
            "document": sentence.document,
            "line": line_of[0],
            "lines": line_of,
        }

    def _values(self, sentence: Sentence, source: str) -> list[str]:
        index = self.shape.index(source)
        if index is not None:
            return sentence.column(index)
        misc = [_misc(cell) for cell in sentence.column(self.shape.names.index("MISC"))]
        for keys in misc:
            self.offered.update(keys.keys())
        self.seen[source] += sum(source in keys for keys in misc)
        return [keys.get(source, "O") for keys in misc]

    def refuse_missing(self, columns: dict[str, str], display_name: str) -> None:
        for name, source in self.sources.items():
            if self.shape.index(source) is None and not self.seen[source]:
                keys = [key for key in self.offered if key != "SpaceAfter"]
                has = f"MISC holds {listed(sorted(keys))}" if keys else "MISC holds no key"
                what = f"{display_name} has no column {source!r}, and no token has it in MISC."
                hint = (
                    f"Name the column or the key of MISC with the tags; {has}; columns: {', '.join(self.shape.names)}."
                )
                raise DataError(what, where=columns.get(name, "data.columns.tags"), hint=hint)


def _misc(cell: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in cell.split("|") if "=" in part)
    return {key: value for key, _, value in pairs}


def _tokens(sentence: Sentence, shape: Shape, display_name: str) -> list[_Token]:
    """Return the tokens of a sentence's text."""
    form, number = shape.names.index("FORM"), shape.names.index("ID")
    tokens: list[_Token] = []
    covered: tuple[int, int, list[str]] | None = None  # the last number of a token of several words, and its line
    words: list[int] = []
    for row, cells in enumerate(sentence.rows):
        match = _NUMBER.fullmatch(cells[number])
        where = f"{display_name}:{sentence.lines[row]}"
        if not match:
            raise DataError(f"{cells[number]!r} is no number of a word.", where=where, hint="Count words from 1.")
        if "." in cells[number]:
            continue
        if match[2]:
            if covered:
                raise DataError("a token of several words begins inside another.", where=where, hint="Mend the lines.")
            covered, words = (int(match[2]), row, cells), []
            continue
        if not covered:
            tokens.append(_Token(cells[form], (row,), _space_after(cells, shape)))
            continue
        words.append(row)
        if int(match[1]) >= covered[0]:
            tokens += _shared(covered[2], words, sentence, shape)
            covered = None
    if covered:
        where = f"{display_name}:{sentence.lines[covered[1]]}"
        raise DataError("the words of this token are missing.", where=where, hint="Add their lines below it.")
    return tokens


def _shared(whole: list[str], words: list[int], sentence: Sentence, shape: Shape) -> list[_Token]:
    """Return the words of a token as tokens where they are written one after the other in it; else the token."""
    form, space = shape.names.index("FORM"), _space_after(whole, shape)
    forms = [sentence.rows[row][form] for row in words]
    if "".join(forms) != whole[form]:
        return [_Token(whole[form], tuple(words), space)]
    return [
        _Token(written, (row,), space_after=space and row == words[-1])
        for written, row in zip(forms, words, strict=True)
    ]


def _space_after(cells: list[str], shape: Shape) -> bool:
    return "MISC" not in shape.names or _misc(cells[shape.names.index("MISC")]).get("SpaceAfter") != "No"


def _merged(tags: list[str]) -> str | None:
    """Return the tag of a token by those of its words; None where an entity begins or ends inside of it.

    The letters of all schemes: B and I begin and go on, E and L end, S and U stand alone.
    """
    if len(tags) == 1 or set(tags) == {"O"}:
        return tags[0]
    letters, kinds = zip(*(tag.partition("-")[::2] for tag in tags), strict=True)
    first, last = letters[0], letters[-1]
    if len(set(kinds)) > 1 or not kinds[0] or any(letter != "I" for letter in letters[1:-1]):
        return None
    if first not in ("B", "I") or last not in ("I", "E", "L"):
        return None
    if last == "I":
        return tags[0]
    single = "S" if last == "E" else "U"
    return f"{single if first == 'B' else last}-{kinds[0]}"


def _text(sentence: Sentence, tokens: list[_Token]) -> tuple[str | None, list[Place] | None]:
    """Return a sentence's own text and its tokens' places; nothing where neither comment nor SpaceAfter says it."""
    text = sentence.text
    if not text and not all(token.space_after for token in tokens):
        text = "".join(token.form + " " * token.space_after for token in tokens).rstrip(" ")
    places = placed([token.form for token in tokens], text) if text else None
    return (text, places) if places else (None, None)
