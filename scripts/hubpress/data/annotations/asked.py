"""The columns that a recipe asks of an annotation tool's export: what the tool means by them, or a field as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubpress.data.json_records import parsed, values_of_lines
from hubpress.data.left_out import Found, LeftOut
from hubpress.data.reading import RecordFile
from hubpress.data.text_files import lines
from hubpress.errors import DataError
from hubpress.files import JsonObject
from hubpress.input_template import Record
from hubpress.text import listed

Located = tuple[str, Any]
"""A value of a JSON file, and where it stands, in words for a message."""

Meaning = Callable[[], Any]
"""Returns what a tool means by a column; a :class:`~hubpress.data.left_out.LeftOut` for a record to pass over."""


@dataclass
class Asked:
    """The columns that a recipe asks for, and those seen in the file so far."""

    file: RecordFile
    seen: dict[str, None] = field(default_factory=dict)

    def by_key(self, meanings: Mapping[str, Meaning]) -> dict[str, Meaning]:
        """Return the meanings of those columns that are called as their keys of ``data.columns``."""
        fields = self.file.columns.fields
        own = {column for column, asking in fields.items() if asking == f"data.columns.{column}"} | {"text"}
        return {key: meaning for key, meaning in meanings.items() if key in own}

    def record(self, fields: Mapping[str, Any], meanings: Mapping[str, Meaning]) -> Found:
        """Return a record of the columns asked for: what the tool means by them, others as *fields* have them."""
        self.seen.update(dict.fromkeys([*fields, *meanings]))
        record: Record = {}
        columns = self.file.columns.called_as_in([*fields, *meanings], display_name=self.file.display_name)
        for column in columns.fields:
            value = meanings[column]() if column in meanings else fields.get(column)
            if isinstance(value, LeftOut):
                return value
            record[column] = value
        return record

    def refuse_missing(self) -> None:
        """Raise DataError for a column that no record of the file had."""
        if self.seen:
            self.file.columns.refuse_missing(self.seen, display_name=self.file.display_name)


def exported(file: RecordFile) -> Iterator[Located]:
    """Yield the values of an export, which is a JSON list or JSON lines. Raises DataError for what is no JSON."""
    first = next((line for line in lines(file) if line.strip()), "")
    if first.strip() and first.lstrip("\ufeff \t")[0] not in "[{":
        hint = "Export it as JSON; where it is CSV, take data.format out, and its columns are read as they stand."
        raise DataError("is not JSON.", where=file.display_name, hint=hint)
    if not first.lstrip().startswith("["):
        yield from ((f"{place} of {file.display_name}", value) for place, value in values_of_lines(file))
        return
    try:
        document = parsed("".join(lines(file)), file.display_name)
    except json.JSONDecodeError as error:
        raise DataError(f"is not JSON: {error.msg}.", where=file.line(error.lineno), hint="Export it anew.") from error
    except ValueError as error:
        raise DataError(f"is not JSON: {error}.", where=file.display_name, hint="Export it anew.") from error
    yield from ((f"record {number} of {file.display_name}", value) for number, value in enumerate(document, start=1))


def one_of(labels: list[str], without: str, *, location: str) -> str | LeftOut:
    """Return the one label of a record; one without any is left out. Raises DataError for several."""
    if len(labels) > 1:
        what = f"has {len(labels)} labels, {listed(labels)}, where a single-label model has one."
        raise DataError(what, where=location, hint="Keep one, or make the task multi-label.")
    return labels[0] if labels else LeftOut(without)


def an_object(value: Any, *, location: str) -> JsonObject:
    """Return a value as an object; raises DataError for anything else."""
    if not isinstance(value, dict):
        what = f"is not an object but {type(value).__name__}."
        raise DataError(what, where=location, hint="Export the records anew, as JSON.")
    return value


def relations_of(record: JsonObject) -> Iterator[LeftOut]:
    """Yield the relations of a record as left out, where it has some."""
    relations = record.get("relations")
    if isinstance(relations, list) and relations:
        yield LeftOut("relations", is_record=False, count=len(relations))


def words(value: Any, *, location: str) -> list[str]:
    """Return the labels in a list; raises DataError for what is no list of words."""
    if not isinstance(value, list) or not all(isinstance(word, str | int) for word in value):
        raise DataError(f"{value!r} is no list of labels.", where=location, hint="Export the labels by their names.")
    return [str(word) for word in value]
