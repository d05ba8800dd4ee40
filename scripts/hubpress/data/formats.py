"""The formats of files of records: one reader each, as a stream; values stay what the file says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from hubpress.data.annotations.brat import read_brat
from hubpress.data.annotations.doccano import read_doccano
from hubpress.data.annotations.label_studio import read_label_studio
from hubpress.data.annotations.prodigy import read_prodigy
from hubpress.data.arrow import read_arrow, read_parquet
from hubpress.data.conll import read_conll
from hubpress.data.conllu import read_conllu
from hubpress.data.delimited import read_delimited
from hubpress.data.excel import read_xlsx
from hubpress.data.json_records import read_json, read_json_lines
from hubpress.data.left_out import Found
from hubpress.data.reading import RecordFile
from hubpress.data.text_files import guarded
from hubpress.errors import DataError
from hubpress.recipe.data import KEYS_OF_FORMATS


def read_file(file: RecordFile, kind: str) -> Iterator[Found]:
    """Yield the records of a file, and what is left out of it; texts may be packed by gzip, bzip2 or xz.

    Raises DataError, with the line or row where there is one, for what cannot be read as *kind*, for records without
    the columns asked for, and for settings that another format has.
    """
    for key, kinds in KEYS_OF_FORMATS.items():
        if getattr(file.written, key) is not None and kind not in kinds:
            what = f"is for {', '.join(kinds)}, but {file.display_name} is read as {kind}."
            raise DataError(what, where=f"data.{key}", hint="Take it out, or set data.format.")
    yield from guarded(READERS[kind](file), file.display_name)


READERS: dict[str, Callable[[RecordFile], Iterator[Found]]] = {
    "csv": partial(read_delimited, separator=","),
    "tsv": partial(read_delimited, separator="\t"),
    "json": read_json,
    "jsonl": read_json_lines,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "xlsx": read_xlsx,
    "conll": read_conll,
    "conllu": read_conllu,
    "label-studio": read_label_studio,
    "doccano": read_doccano,
    "prodigy": read_prodigy,
    "brat": read_brat,
}
