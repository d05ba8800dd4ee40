"""JSON: a list of objects, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hubpress.data.reading import RecordFile, Records
from hubpress.data.text_files import lines
from hubpress.errors import DataError
from hubpress.files import JsonObject, parse_json
from hubpress.text import quoted


def read_json(file: RecordFile) -> Records:
    """Yield the records of a list of objects; a file of JSON lines is often called .json, too.

    Raises DataError, with the line where there is one, for what is no such list.
    """
    try:
        document = parsed("".join(lines(file)), file.display_name)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return read_json_lines(file)
        raise DataError(f"is not JSON: {error.msg}.", where=file.line(error.lineno), hint="Mend it.") from error
    except ValueError as error:
        raise DataError(f"is not JSON: {error}.", where=file.display_name) from error
    if isinstance(document, dict) and (orient := _orient(document, file)):
        what = f"holds {orient}, as pandas' to_json() writes it, not records."
        raise DataError(what, where=file.display_name, hint='Write it by df.to_json(PATH, orient="records").')
    if isinstance(document, dict) and file.columns.are_in(document, display_name=file.display_name):
        document = [document]  # one line of JSON lines
    if not isinstance(document, list):
        hint = 'Write [{"column": "value", …}, …], or one such object a line.'
        raise DataError(f"is one {_kind(document)}, not a list of records.", where=file.display_name, hint=hint)
    return objects(((f"record {number}", record) for number, record in enumerate(document, start=1)), file)


def _orient(document: JsonObject, file: RecordFile) -> str:
    """Return in what else than records a table is written; empty for what is no such table."""
    keys, values = set(document), list(document.values())
    if {"columns", "data"} <= keys <= {"columns", "data", "index"}:
        return "names of columns and rows of values"
    if keys == {"schema", "data"}:
        return "a schema and its data"
    if not values or not all(isinstance(value, dict) for value in values):
        columns = file.columns.called_as_in(document, display_name=file.display_name).fields
        read = [document.get(name) for name in columns]
        # A record of a token model is lists, too.
        is_of_lists = all(isinstance(value, list) for value in read) and "data.columns.tokens" not in columns.values()
        return "a list for each column" if read and is_of_lists else ""
    if all(file.columns.are_in(value, display_name=file.display_name) for value in values):
        return "records by their names"
    return "columns by their names" if len({frozenset(value) for value in values}) == 1 else ""


def read_json_lines(file: RecordFile) -> Records:
    """Yield the record of each line; empty lines are left out. Raises DataError, with the line, for what is none."""
    return objects(values_of_lines(file), file)


def parsed(text: str, where: str) -> Any:
    """Return the value of a JSON text; *where* it stands is for a message.

    Raises what ``parse_json`` raises, and DataError for an object that has a key twice: one value would be lost.
    """

    def once(pairs: list[tuple[str, Any]]) -> JsonObject:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            values = " and ".join(quoted(value, 40) for name, value in pairs if name == twice)
            raise DataError(f"names {twice!r} twice in one object, with {values}.", where=where, hint="Keep one.")
        return found

    return parse_json(text, object_pairs_hook=once)


def values_of_lines(file: RecordFile) -> Iterator[tuple[str, Any]]:
    """Yield the value of each line with its place in words. Raises DataError, with the line, for what is no JSON."""
    for number, line in enumerate(lines(file), start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", parsed(line, file.line(number))
        except json.JSONDecodeError as error:
            is_list = number == 1 and line.lstrip().startswith("[")
            hint = "Set data.format to json where the file is one list." if is_list else "Mend the line."
            raise DataError(f"is not JSON: {error.msg}.", where=file.line(number), hint=hint) from error
        except ValueError as error:
            raise DataError(f"is not JSON: {error}.", where=file.line(number)) from error


def objects(values: Iterable[tuple[str, Any]], file: RecordFile) -> Records:
    """Yield objects as records, each given with its place in the file in words.

    A column must be in one record at least; the records that lack it have None there. Raises DataError for what is
    no object.
    """
    seen: dict[str, None] = {}
    for location, value in values:
        if not isinstance(value, dict):
            hint = 'A record is an object: {"column": "value", …}.'
            if isinstance(value, list):
                hint = "Set data.format to json where the file is one list." if location == "line 1" else hint
            raise DataError(f"{location} is one {_kind(value)}, not a record.", where=file.display_name, hint=hint)
        seen.update(dict.fromkeys(value))
        yield file.columns.of_record(value, display_name=file.display_name)
    if seen:
        file.columns.refuse_missing(seen, display_name=file.display_name)


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", int: "number", float: "number"}
    return names.get(type(value), "null")
