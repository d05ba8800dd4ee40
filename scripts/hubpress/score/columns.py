"""Which column of the files each field of the model is, and whether all of them have it; before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hubpress.errors import UsageError
from hubpress.input_template import column_of
from hubpress.score.readers import Wanted, columns_in, ids_in
from hubpress.score.sources import Source
from hubpress.score.table import Ids
from hubpress.text import listed, suggestion

_ID = "id"


def parsed_columns(given: Sequence[str], fields: Sequence[str]) -> dict[str, str | None]:
    """Return what ``FIELD=COLUMN`` says of each field of a model; None where nothing stands behind the sign.

    A model of one field takes ``COLUMN`` alone. Raises UsageError for other words.
    """
    found: dict[str, str | None] = {}
    for word in given:
        field, sign, column = word.partition("=")
        if not sign and len(fields) == 1:
            field, column = fields[0], word
        elif not sign:
            raise UsageError(f"{word!r} names no field.", where="--text-column", hint=f"Write {fields[0]}={word}.")
        if field not in fields:
            hint = f"This model reads {listed(list(fields))}.{suggestion(field, fields)}"
            raise UsageError(f"{field!r} is no field of the model.", where="--text-column", hint=hint)
        if field in found:
            raise UsageError(f"{field!r} is named twice.", where="--text-column", hint="Name each field once.")
        found[field] = column if column.strip() else None
    if found and all(found.get(field, field) is None for field in fields):
        raise UsageError("every field of the model is left empty.", where="--text-column", hint="Name a column.")
    return found


def wanted_columns(
    sources: Sequence[Source],
    fields: Sequence[str],
    named: Mapping[str, str | None],
    *,
    id_column: str | None,
    separator: str | None,
) -> tuple[Wanted, Ids]:
    """Return which columns are read of all files, and what the ids are: numbers only where they are so everywhere.

    A field that is not *named* is the column of its name, or with that short name. Raises UsageError where a file
    lacks one of them, or says otherwise than the others what a field is; and what cannot be read at all.
    """
    first: tuple[Source, dict[str, str], str | None] | None = None
    for source in sources:
        there = columns_in(source, separator)
        if there is None:
            continue
        found = {
            field: _column(field, named.get(field, field), there, source)
            for field in fields
            if named.get(field, field) is not None
        }
        ids = _id_column(id_column, there, source)
        if first is None:
            first = source, found, ids
        elif (found, ids) != first[1:]:
            one, other = (dict(item) for item in (first[1], found))
            what = f"reads {_said(other, ids)}, where {first[0].name} reads {_said(one, first[2])}."
            hint = "Name them by --text-column and --id-column, or score the files one after another."
            raise UsageError(what, where=source.name, hint=hint)
    if first is None:
        raise UsageError("no file has any record.", where="--input", hint="Check the files.")
    columns, ids = first[1:]
    # Every file is asked, whatever the first one says: a later one may have ids that are none.
    kinds = set() if ids is None else {ids_in(source, ids) for source in sources}
    # No column holds what has a sign in one file and 64 bits without it in another.
    kind: Ids = None if ids is None else kinds.pop() if len(kinds) == 1 else "texts"
    return Wanted(columns, ids, separator), kind


def _column(field: str, name: str | None, there: Sequence[str], source: Source) -> str:
    try:
        column = column_of(str(name), there)
    except ValueError as error:
        raise UsageError(str(error), where=source.name, hint="Name one by --text-column.") from error
    if column is None:
        if len(there) == 1 and (mark := next((one for one in ";\t|" if one in there[0]), None)):
            hint = f"Its columns seem to be parted by {mark!r}: say --separator {mark!r}."
            raise UsageError(f"it has one column, {there[0]!r}.", where=source.name, hint=hint)
        has = f"It has {listed(list(there))}." if there else "It has none."
        near = suggestion(str(name), list(there))
        hint = f"{has}{near} Name another by --text-column {field}=COLUMN, or none by {field}= alone."
        raise UsageError(f"there is no column {name!r}, which the model reads.", where=source.name, hint=hint)
    if list(there).count(column) > 1:
        raise UsageError(f"{column!r} stands twice among its columns.", where=source.name, hint="Rename one.")
    return column


def _id_column(given: str | None, there: Sequence[str], source: Source) -> str | None:
    name = given or (_ID if _ID in there else None)
    if name is not None and list(there).count(name) != 1:
        what = "stands twice among its columns" if name in there else "is no column of it"
        hint = f"It has {listed(list(there))}.{suggestion(name, list(there))}"
        raise UsageError(f"{name!r} {what}, and the ids are read there.", where=source.name, hint=hint)
    return name


def _said(columns: Mapping[str, str], ids: str | None) -> str:
    return listed(
        [f"{field} in {column!r}" for field, column in columns.items()] + [f"ids in {ids!r}" if ids else "no ids"]
    )
