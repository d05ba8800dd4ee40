"""The words that name a model and its records, judged by what is there: before any library is imported for them."""

from __future__ import annotations

import glob
from pathlib import Path

from hubpress.errors import DataError, UsageError
from hubpress.files import plain_path
from hubpress.hub.ids import not_owner_and_name
from hubpress.text import quoted
from hubpress.yaml12 import YamlMapping

ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".xlsx", ".conll",
           ".conllu", ".iob2", ".iob", ".bio", ".txt")  # fmt: skip
"""How names of files with records end."""


def refuse_missing(checkpoint: str, data: str | None) -> None:
    """Raise UsageError for words that name no trained model or no records, and DataError for records not there."""
    place_of_model(checkpoint)
    if data is not None:
        refuse_no_records(data)


def place_of_model(given: str) -> YamlMapping:
    """Return the block ``trained`` of a folder, or of ``OWNER/REPO[@REVISION]`` on the Hub.

    Raises UsageError for a word that is neither.
    """
    path = Path(given).expanduser()
    if given.strip() and path.exists():
        return {"path": str(plain_path(path))}
    name, at, revision = given.partition("@")
    if not_owner_and_name(name) or given.startswith((".", "/", "~")) or (at and not revision):
        raise UsageError(
            f"{quoted(given)} is no folder, and no model of the Hub (OWNER/REPO or OWNER/REPO@REVISION).",
            where="--from",
            hint="Name the folder that the model was saved into.",
        )
    return {"id": name} | ({"revision": revision} if revision else {})


def refuse_no_records(given: str) -> None:
    """Raise UsageError for a word that names no records, and DataError where they are not on this machine.

    Whether an address or a data set on the Hub is there is not asked.
    """
    if not given.strip():
        raise UsageError("names no records.", where="--data", hint="Give a file, a folder or a data set on the Hub.")
    if "://" in given or Path(given).expanduser().exists() or glob.has_magic(given):
        return
    name = given.partition("@")[0]
    is_file = name.lower().removesuffix(".gz").endswith(ENDINGS) or name.count("/") != 1
    if is_file or not_owner_and_name(name.partition(":")[0]):
        what = "does not exist."
        raise DataError(what, where=given, hint="Give a file or a folder, or OWNER/NAME of a data set on the Hub.")
