"""What each kind of task takes from a record: the text as the model reads it, and the answer as the record has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hubpress.data.entity_spans import Entity, EntityRules
from hubpress.data.entity_values import Unit, entity_values
from hubpress.data.faults import RecordFault
from hubpress.data.label_values import BadAnswer, one_label, one_of_columns, several_labels, several_of_columns
from hubpress.data.natural_text import joined, restored
from hubpress.data.number_values import numbers
from hubpress.data.reading import RequiredColumns
from hubpress.data.tag_schemes import TagReader
from hubpress.data.written_lists import written_list
from hubpress.errors import DataError, first_line
from hubpress.input_template import Record, fields_of, filled, render
from hubpress.metrics.iob2 import OUTSIDE
from hubpress.recipe.recipe import Recipe
from hubpress.text import Span, counted, quoted

TEMPLATES = ("data.input_template", "data.text_pair")
"""Which fields of the recipe say how texts are made."""


@dataclass(frozen=True)
class Example:
    """A record's text and its answer: a label, a JSON list of labels (sorted, each once), of numbers or of entities.

    An entity is a list of its first character, the one after the last, and its type.
    """

    text: str
    answer: str
    text_pair: str | None = None
    """The second text, where the model reads pairs."""
    words: list[Span] | None = None
    """Where in the text the record's own tokens stand, if it came as such."""


class ExampleReader(Protocol):
    """Reads the records of one data set, in their order."""

    @property
    def columns(self) -> RequiredColumns:
        """Return the columns that it reads."""

    def read(self, record: Record, location: str) -> Example:
        """Return what the record at *location* ("row 3 of titles.csv") says; raises DataError where it says nothing."""

    def finish(self) -> None:
        """Raise DataError for what is told once of all records that were read."""


@dataclass(frozen=True)
class TextReader:
    """Makes a text by the input template, perhaps a second one by ``text_pair``, and an answer of what a key of
    ``data.columns`` names."""

    templates: tuple[str, ...]
    where: str
    """Which field of the recipe says where the answer stands."""
    answer: Callable[[Record], str]
    """Returns what :class:`Example` has for an answer; raises BadAnswer."""
    columns: RequiredColumns

    def read(self, record: Record, location: str) -> Example:
        """See :class:`ExampleReader`."""
        self.columns.refuse_header(record, location)
        try:
            answer = self.answer(record)
        except BadAnswer as error:
            what = f"holds {error.found} in {location}; {error.wanted}."
            raise RecordFault(what, where=self.where, kind=error.wanted) from error
        texts = [
            self._rendered(template, where, record, location)
            for template, where in zip(self.templates, TEMPLATES, strict=False)
        ]
        return Example(texts[0], answer, text_pair=next(iter(texts[1:]), None))

    def _rendered(self, template: str, where: str, record: Record, location: str) -> str:
        try:
            text = render(template, record)
            text.encode()
        except Exception as error:
            raise RecordFault(
                f"fails on {location}: {first_line(error).rstrip('.')}.",
                where=where,
                kind=type(error).__name__,
                hint="Mend the template or the record.",
            ) from error
        return text

    def finish(self) -> None:
        """See :class:`ExampleReader`: a text is read or refused by itself."""


@dataclass(frozen=True)
class TokenReader:
    """Reads a text with its entities as it is; or two lists of tokens and tags, whose text is made of the tokens."""

    names: dict[str, str]
    columns: RequiredColumns
    tags: TagReader
    rules: EntityRules
    language: str | None
    """The language in whose way the tokens are put together; None for a space between two."""
    tag_names: tuple[str, ...] | None = None
    unit: Unit = "characters"
    """What the places of entities are counted in."""

    def read(self, record: Record, location: str) -> Example:
        """See :class:`ExampleReader`."""
        self.columns.refuse_header(record, location)
        if "entities" in self.names:
            text, words = self._text(record, location), None
            given = entity_values(record[self.names["entities"]], text, location=location, unit=self.unit)
            entities = self.rules.sorted(text, given, location)
        else:
            text, words, entities = self._of_tokens(record, location)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(f"holds half a character: {error}.", where=location, hint="Decode it anew.") from error
        return Example(text, json.dumps(entities, ensure_ascii=False), words=words)

    def finish(self) -> None:
        """See :class:`ExampleReader`."""
        self.rules.finish()

    def _text(self, record: Record, location: str) -> str:
        value = filled(record)[self.names["text"]]
        if not isinstance(value, str):
            where = f"data.columns.text {self.names['text']!r}"
            raise DataError(f"holds {quoted(value, 40)} in {location}; it is a text.", where=where)
        return value

    def _of_tokens(self, record: Record, location: str) -> tuple[str, list[Span], list[Entity]]:
        tokens, tags = (self._list(record, key, location) for key in ("tokens", "tags"))
        if len(tokens) != len(tags):
            raise DataError(
                f"there are {counted(len(tokens), 'token')} and {counted(len(tags), 'tag')}.",
                where=location,
                hint="Each token needs one tag.",
            )
        for number, token in enumerate(tokens, start=1):
            if not token or token != token.strip():
                hint = "A token is a word or a mark, without white space at its ends."
                raise DataError(f"token {number} is {token!r}.", where=location, hint=hint)
        if record.get("places"):  # of a file that says the sentence's own text
            text, words = str(record["text"]), list(record["places"])
        else:
            text, words = restored(tokens, self.language) if self.language else joined(tokens)
        entities: list[Entity] = []
        for (start, end), tag in zip(words, self.tags.read(tags, _lines(record, location)), strict=True):
            if tag.startswith("B-"):
                entities.append((start, end, tag[2:]))
            elif tag != OUTSIDE:
                entities[-1] = (entities[-1][0], end, tag[2:])
        return text, words, entities

    def _list(self, record: Record, key: str, location: str) -> list[str]:
        value = record[self.names[key]]
        listed = written_list(value) if isinstance(value, str) else value
        where = f"data.columns.{key} {self.names[key]!r}"
        if key == "tags" and isinstance(listed, list) and listed and all(type(tag) is int for tag in listed):
            return self._named(listed, where, location)
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise DataError(f"holds {quoted(value, 40)} in {location}; {key} are a list of texts.", where=where)
        return listed

    def _named(self, ids: list[int], where: str, location: str) -> list[str]:
        """Return the tags that ids stand for."""
        if self.tag_names is None:
            what = f"holds the ids of tags, {quoted(ids, 40)}, in {location}."
            hint = "List the tags by their ids in data.tag_names, such as [O, B-Place, I-Place]."
            raise DataError(what, where=where, hint=hint)
        strange = next((number for number in ids if not 0 <= number < len(self.tag_names)), None)
        if strange is not None:
            what = f"holds the id {strange} in {location}; data.tag_names has {len(self.tag_names)} tags, from 0."
            raise DataError(what, where=where, hint="Mend the records or the list.")
        return [self.tag_names[number] for number in ids]


def _lines(record: Record, location: str) -> Callable[[int], str]:
    """Return where each tag of a record stands: in CoNLL files on a line of its own."""
    if isinstance(lines := record.get("lines"), list):
        file = location.partition(" of ")[2]
        return lambda index: f"{file}:{lines[index]}"
    return lambda index: f"tag {index + 1} in {location}"


def reader_of(recipe: Recipe) -> ExampleReader:
    """Return the reader of a recipe's records."""
    return _READERS[recipe.task](recipe)


def _columns(recipe: Recipe) -> RequiredColumns:
    """Return the columns that a recipe reads, with the field that says so."""
    fields = {column: f"data.columns.{key}" for key, column in recipe.columns.items()}
    fields |= dict.fromkeys(recipe.data.columns.label_columns or (), "data.columns.label_columns")
    fields |= dict.fromkeys(recipe.data.columns.target_columns or (), "data.columns.target_columns")
    if recipe.data.split.column:
        fields.setdefault(recipe.data.split.column, "data.split.column")
    if recipe.data.split.group:
        fields.setdefault(recipe.data.split.group, "data.split.group")
    named: set[str] = set()
    for template, where in zip(recipe.data.templates, TEMPLATES, strict=False):
        for column in fields_of(template):
            named.add(column)
            fields.setdefault(column, where)
    return RequiredColumns(fields, frozenset(named))


def _single_label(recipe: Recipe) -> ExampleReader:
    names = recipe.data.label_keys
    return _text_reader(recipe, lambda value: one_label(value, names), one_of_columns)


def _multi_label(recipe: Recipe) -> ExampleReader:
    separator, names = recipe.data.columns.separator, recipe.data.label_keys
    return _text_reader(recipe, lambda value: several_labels(value, separator, names), several_of_columns)


def _text_reader(recipe: Recipe, of_value: Callable[[Any], str], of_columns: Callable[[Record], str]) -> ExampleReader:
    """Return the reader of texts whose answer stands in one column, or in a column for each label."""
    templates, columns = recipe.data.templates, _columns(recipe)
    if label_columns := recipe.data.columns.label_columns:
        where = "data.columns.label_columns"
        return TextReader(
            templates, where, lambda record: of_columns({name: record[name] for name in label_columns}), columns
        )
    [(key, column)] = recipe.columns.items()
    return TextReader(templates, f"data.columns.{key} {column!r}", lambda record: of_value(record[column]), columns)


def _regression(recipe: Recipe) -> ExampleReader:
    several, ranges = recipe.data.columns.target_columns, recipe.targets
    columns = several or (recipe.columns["target"],)
    where = "data.columns.target_columns" if several else f"data.columns.target {columns[0]!r}"
    return TextReader(
        recipe.data.templates,
        where,
        lambda record: numbers({name: record[name] for name in columns}, ranges),
        _columns(recipe),
    )


def _token(recipe: Recipe) -> ExampleReader:
    data = recipe.data
    language = None if data.detokenize is False else recipe.language[0]
    rules = EntityRules(trims=data.entity_borders == "trim")
    return TokenReader(
        recipe.columns,
        _columns(recipe),
        TagReader(data.scheme),
        rules,
        language,
        data.tag_names,
        data.offsets or "characters",
    )


_READERS: dict[str, Callable[[Recipe], ExampleReader]] = {
    "single-label": _single_label,
    "multi-label": _multi_label,
    "regression": _regression,
    "token": _token,
}
