"""The table of a model's labels: what the records call each, its published name, its parents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubpress.data.delimited import read_delimited
from hubpress.data.reading import RecordFile, RequiredColumns, Written
from hubpress.errors import DataError, first_line
from hubpress.input_template import fields_of, render
from hubpress.recipe.data import LabelTable
from hubpress.recipe.recipe import Recipe
from hubpress.text import counted

_FIELD = "data.label_table"


@dataclass(frozen=True)
class LabelRow:
    """One label: the word that records hold, the published name, the parent on each level."""

    key: str
    name: str
    parents: dict[str, str]


def table_file(recipe: Recipe) -> Path | None:
    """Return where the recipe's label table is; None where it has none.

    Where the records lie outside the model's folder, a table beside them goes before the one in the folder.
    """
    table, records = recipe.data.label_table, recipe.source_path
    if table is None:
        return None
    if records and not records.is_relative_to(recipe.folder):
        beside = (records if records.is_dir() else records.parent) / Path(table.file).name
        if beside.is_file():
            return beside
    return recipe.folder / table.file


def read_table(table: LabelTable, file: Path) -> tuple[LabelRow, ...]:
    """Return the table's labels in its order.

    Raises DataError, with the row, for a table that cannot be read, lacks a column, names a label or its key twice,
    or leaves a cell that is read empty.
    """
    if not file.is_file():
        hint = "Put it there, beside the records of --data, or set data.label_table.file."
        raise DataError("the label table does not exist.", where=str(file), hint=hint)
    columns = {table.key: f"{_FIELD}.key"} | {
        column: f"{_FIELD}.parents.{level}" for level, column in table.parents.items()
    }
    rows: list[LabelRow] = []
    seen: dict[str, dict[str, int]] = {"key": {}, "name": {}}
    written = Written(separator=table.separator, encoding=table.encoding, block=_FIELD)
    records = read_delimited(RecordFile(file, str(file), RequiredColumns(columns), written), separator=",")
    for number, cells in enumerate(records, start=1):
        row = LabelRow(
            key=_cell(cells, table.key, number, file),
            name=_name(table, cells, number, file),
            parents={level: _cell(cells, column, number, file) for level, column in table.parents.items()},
        )
        for what, value in (("key", row.key), ("name", row.name)):
            first = seen[what].setdefault(value, number)
            if first != number:
                raise DataError(
                    f"rows {first} and {number} have the same {what} {value!r}.",
                    where=str(file),
                    hint=f"Each label has a {what} of its own; mend the table or {_FIELD}.{what}.",
                )
        rows.append(row)
    if len(rows) < 2:
        raise DataError(f"the label table has {counted(len(rows), 'row')}; a classifier needs two.", where=str(file))
    return tuple(rows)


def _cell(cells: dict[str, str], column: str, number: int, file: Path) -> str:
    value = cells[column].strip()
    if not value:
        raise DataError(f"there is no {column!r} in row {number}.", where=str(file), hint="Fill the cell.")
    return value


def _name(table: LabelTable, cells: dict[str, str], number: int, file: Path) -> str:
    if table.name is None:
        return _cell(cells, table.key, number, file)
    fields = fields_of(table.name)
    columns = RequiredColumns(dict.fromkeys(fields, f"{_FIELD}.name"), frozenset(fields))
    columns.refuse_missing(cells, display_name=str(file))
    try:
        name = render(table.name, {column: value.strip() for column, value in cells.items()})
    except Exception as error:
        what = f"fails on row {number} of {file}: {first_line(error).rstrip('.')}."
        raise DataError(what, where=f"{_FIELD}.name") from error
    if not name:
        raise DataError(f"is empty for row {number} of {file}.", where=f"{_FIELD}.name", hint="Fill the cells.")
    return name
