"""The table of the answers: its columns, by what the model answers and how the rows are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Ids = Literal["numbers", "unsigned", "texts"] | None
"""What the ids are: numbers with a sign, of 64 bits without one, or texts; None where file and row stand for one."""
Kind = Literal["labels", "numbers", "entities"]


def schema_of(kind: Kind, *, ids: Ids, names: Sequence[str], has_parents: bool) -> pa.Schema:
    """Return the columns of the answers; *names* are those of a regression model's numbers."""
    import pyarrow as pa

    types = {"numbers": pa.int64(), "unsigned": pa.uint64(), "texts": pa.string()}
    known = [("id", types[ids])] if ids else [("file", pa.string()), ("row", pa.int64())]
    labelled = [("label", pa.string()), ("score", pa.float32())]
    answers: dict[str, list[tuple[str, Any]]] = {
        "labels": [("labels", pa.list_(pa.string())), ("scores", pa.list_(pa.float32()))],
        "numbers": [("numbers", pa.struct([(name, pa.float32()) for name in names]))],
        "entities": [("entities", pa.list_(_entity()))],
    }
    parents = [("parents", pa.list_(pa.struct([("level", pa.string()), *labelled])))] if has_parents else []
    return pa.schema([*known, *answers[kind], *parents])


def table_of(
    schema: pa.Schema, *, file: str, rows: Sequence[tuple[int, int | str | None]], answers: Mapping[str, Sequence[Any]]
) -> pa.Table:
    """Return the table of answered *rows*, each with its number and its id."""
    import pyarrow as pa

    columns: dict[str, Sequence[Any]] = dict(answers)
    if "id" in schema.names:
        is_text = schema.field("id").type == pa.string()
        columns["id"] = [str(one) if is_text else one for _, one in rows]
    else:
        columns |= {"file": [file] * len(rows), "row": [number for number, _ in rows]}
    return pa.table([pa.array(columns[name], type=schema.field(name).type) for name in schema.names], schema=schema)


def _entity() -> Any:
    import pyarrow as pa

    return pa.struct([
        ("entity_group", pa.string()), ("score", pa.float32()), ("word", pa.string()),
        ("start", pa.int64()), ("end", pa.int64()),
    ])  # fmt: skip
