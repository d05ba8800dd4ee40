"""The formats of files of records: one reader each, as a stream; values stay what the file says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hubpress.data.arrow import read_arrow, read_parquet
from hubpress.data.conll import COLUMNS, read_conll
from hubpress.data.delimited import read_delimited
from hubpress.data.excel import read_xlsx
from hubpress.data.json_records import read_json, read_json_lines
from hubpress.data.reading import RecordFile, Records
from hubpress.data.text_files import guarded, lines
from hubpress.errors import DataError
from hubpress.recipe.data import KEYS_OF_FORMATS


def read_file(file: RecordFile, kind: str) -> Records:
    """Yield the records of a file; texts may be packed by gzip, bzip2 or xz.

    Raises DataError, with the line or row where there is one, for what cannot be read as *kind*, for records without
    the columns asked for, and for settings that another format has.
    """
    for key, kinds in KEYS_OF_FORMATS.items():
        if getattr(file.written, key) is not None and kind not in kinds:
            what = f"is for {', '.join(kinds)}, but {file.display_name} is read as {kind}."
            raise DataError(what, where=f"data.{key}", hint="Take it out, or set data.format.")
    yield from guarded(READERS[kind](file), file.display_name)


def _conll(file: RecordFile) -> Records:
    file.columns.refuse_missing(COLUMNS, display_name=file.display_name)
    return read_conll(lines(file), display_name=file.display_name)


READERS: dict[str, Callable[[RecordFile], Records]] = {
    "csv": partial(read_delimited, separator=","),
    "tsv": partial(read_delimited, separator="\t"),
    "json": read_json,
    "jsonl": read_json_lines,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "xlsx": read_xlsx,
    "conll": _conll,
}
