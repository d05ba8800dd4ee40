"""Tables of Arrow: parquet, Arrow and feather files, and data sets; ids stand for the names in their own metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.data.reading import RecordFile, Records
from hubpress.errors import DataError, first_line
from hubpress.files import parse_json

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

_BATCH = 10_000
_FEATURES = b"huggingface"

Decode = Callable[[Any], Any]


class _NoName(ValueError):
    """An id that has no name."""


def read_parquet(file: RecordFile) -> Records:
    """Yield the rows of a parquet file. Raises DataError for what is none, or lacks a column."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file.path) as table:
            file = file.with_header(table.schema_arrow.names, where=file.display_name)
            batches = table.iter_batches(batch_size=_BATCH, columns=list(file.columns.fields))
            yield from _records(batches, table.schema_arrow, file)
    except pyarrow.ArrowException as error:
        what = f"cannot be read as parquet: {first_line(error)}"
        raise DataError(what, where=file.display_name, hint="Check the file.") from error


def read_arrow(file: RecordFile) -> Records:
    """Yield the rows of an Arrow file or stream (.arrow, .feather), as ``datasets`` and pandas write them.

    Raises DataError for what is none, or lacks a column.
    """
    import pyarrow
    from pyarrow import ipc

    try:
        with pyarrow.memory_map(str(file.path)) as source:
            is_file = source.read(6) == b"ARROW1"
            source.seek(0)
            stream = ipc.open_file(source) if is_file else ipc.open_stream(source)
            batches = map(stream.get_batch, range(stream.num_record_batches)) if is_file else stream
            file = file.with_header(stream.schema.names, where=file.display_name)
            names = list(file.columns.fields)
            pieces = (batch.slice(start, _BATCH) for batch in batches for start in range(0, batch.num_rows, _BATCH))
            yield from _records((piece.select(names) for piece in pieces), stream.schema, file)
    except pyarrow.ArrowException as error:
        what = f"cannot be read as Arrow: {first_line(error)}"
        raise DataError(what, where=file.display_name, hint="Check the file.") from error


def read_dataset(dataset: Dataset, file: RecordFile) -> Records:
    """Yield the rows of a data set of ``datasets``. Raises DataError where it lacks a column."""
    file = file.with_header(dataset.column_names, where=file.display_name)
    table = dataset.select_columns(list(file.columns.fields)).with_format("arrow")
    batches = (batch for part in table.iter(batch_size=_BATCH) for batch in part.to_batches())
    yield from _records(batches, dataset.features.arrow_schema, file)


def schema_of(path: Path, kind: str) -> pa.Schema:
    """Return the schema of a parquet file, or of an Arrow file or stream, that can be read."""
    import pyarrow
    from pyarrow import ipc, parquet

    if kind == "parquet":
        return parquet.read_schema(path)
    with pyarrow.memory_map(str(path)) as source:
        is_file = source.read(6) == b"ARROW1"
        source.seek(0)
        return (ipc.open_file(source) if is_file else ipc.open_stream(source)).schema


def class_names(features: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the names of each column of ``datasets.ClassLabel``, or of lists of them, in the order of their ids.

    Names that are the ids themselves say nothing, and are left out.
    """
    from datasets import ClassLabel, LargeList, List

    inner = {
        name: feature.feature if isinstance(feature, List | LargeList) else feature
        for name, feature in features.items()
    }
    return {
        name: tuple(feature.names)
        for name, feature in inner.items()
        if isinstance(feature, ClassLabel) and feature.names != [str(number) for number in range(len(feature.names))]
    }


def features_of(schema: pa.Schema) -> Mapping[str, Any]:
    """Return the features of ``datasets`` that a schema has in its metadata; none where it has none to be read."""
    from datasets import Features

    try:
        described = parse_json((schema.metadata or {})[_FEATURES])["info"]["features"] or {}
        return dict(Features.from_dict({name: described[name] for name in schema.names if name in described}))
    except (ValueError, KeyError, TypeError):
        return {}


def _records(batches: Iterable[pa.RecordBatch], schema: pa.Schema, file: RecordFile) -> Iterator[dict[str, Any]]:
    decoders = _decoders(schema, file)
    row = 0
    for batch in batches:
        columns = {name: _values(batch.column(name), name, file) for name in batch.schema.names}
        for name, decode in decoders.items():
            columns[name] = list(_decoded(columns[name], decode, name, file, row))
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))
        row += batch.num_rows


def _values(column: pa.Array, name: str, file: RecordFile) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = _with_text(column.type)
    if wanted != column.type:
        try:
            column = pc.cast(column, wanted)
        except pa.ArrowException as error:
            what = f"{name!r} holds bytes that are no UTF-8 text."
            raise DataError(what, where=file.display_name, hint="Write it as text.") from error
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        # As its decimals are written: 0.1 of 32 bits would else be 0.10000000149011612.
        column = pc.cast(pc.cast(column, pa.string()), pa.float64())
    try:
        values: list[Any] = column.to_pylist()
    except OverflowError as error:
        what = "holds a date outside the years 1 to 9999."
        raise DataError(what, where=file.display_name, hint="Mend it, or leave its column out.") from error
    except pa.ArrowException:
        raise
    except (KeyError, ValueError) as error:  # how zoneinfo and pytz say that they know no such zone; 2.8 ns are no date
        what = f"holds values of the type {column.type} that cannot be read: {first_line(error)}."
        raise DataError(what, where=file.display_name, hint="Write it anew, or leave its column out.") from error
    return values


def _with_text(kind: pa.DataType) -> pa.DataType:
    """Return a type with texts in the place of bytes, as which programs without a type of their own write them."""
    import pyarrow as pa

    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return pa.large_string()
    if types.is_fixed_size_binary(kind):
        return pa.string()
    if types.is_dictionary(kind) and _with_text(kind.value_type) != kind.value_type:
        return _with_text(kind.value_type)
    if types.is_list(kind) or types.is_large_list(kind):
        inner = _with_text(kind.value_type)
        return kind if inner == kind.value_type else pa.large_list(inner)
    return kind


def _decoded(values: list[Any], decode: Decode, column: str, file: RecordFile, before: int) -> Iterator[Any]:
    for number, value in enumerate(values, start=before + 1):
        try:
            yield decode(value)
        except _NoName as error:
            raise DataError(
                f"{column!r} holds {error} in {file.row(number)}, which is the id of no label.",
                where=file.columns.fields[column],
                hint="Label the record, or leave it out (-1 stands for records without a label).",
            ) from error


def _decoders(schema: pa.Schema, file: RecordFile) -> dict[str, Decode]:
    """Return what turns ids into names, for each column that is read and holds ids of ``datasets.ClassLabel``."""
    from datasets import Features

    if not schema.metadata or _FEATURES not in schema.metadata:
        return {}
    try:
        described = parse_json(schema.metadata[_FEATURES])["info"]["features"] or {}
        features = Features.from_dict({name: described[name] for name in file.columns.fields if name in described})
    except (ValueError, KeyError, TypeError) as error:
        what = f"its metadata of `datasets` cannot be read: {first_line(error)}."
        raise DataError(what, where=file.display_name, hint="Write it anew.") from error
    found = {name: _decoder(feature, schema.field(name).type) for name, feature in features.items()}
    return {name: decode for name, decode in found.items() if decode}


def _decoder(feature: Any, kind: pa.DataType) -> Decode | None:
    """Return what turns the ids in a value into names; None where there are none.

    What is no number any more was named since: then the metadata are older than the column.
    """
    import pyarrow as pa
    from datasets import ClassLabel, LargeList, List

    if isinstance(feature, ClassLabel):
        numbered = feature.names == [str(number) for number in range(len(feature.names))]
        return _by_id(feature.names) if pa.types.is_integer(kind) and not numbered else None
    if isinstance(feature, List | LargeList) and hasattr(kind, "value_type"):
        inner = _decoder(feature.feature, kind.value_type)
        return (lambda values: None if values is None else [inner(value) for value in values]) if inner else None
    if isinstance(feature, dict) and pa.types.is_struct(kind):
        parts = {name: _decoder(part, kind.field(name).type) for name, part in feature.items()}
        named = {name: part for name, part in parts.items() if part}
        return (
            (lambda value: value and {**value, **{name: part(value[name]) for name, part in named.items()}})
            if (named)
            else None
        )
    return None


def _by_id(names: list[str]) -> Decode:
    def name(value: Any) -> Any:
        if value is not None and not 0 <= value < len(names):
            raise _NoName(value)
        return None if value is None else names[value]

    return name
