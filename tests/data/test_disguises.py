"""Files that are not what they are read as: each is told what it is, and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers.records import SEVERAL, TOKENS, previewed
from hubpress.errors import DataError

FRAME = pd.DataFrame({"text": ["mill turns", "pipe drips"], "topic": ["event", "repair"]})
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
PAGE = "\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"


def _as(write: Callable[..., Any], **options: Any) -> Callable[[Path], Any]:
    return lambda path: write(FRAME, path, **options)


def _text(text: str) -> Callable[[Path], Any]:
    return lambda path: path.write_text(text, encoding="utf-8")


def _json(**options: Any) -> Callable[[Path], Any]:
    return _as(pd.DataFrame.to_json, **options)


DISGUISES: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "parquet as CSV": ("r.csv", _as(pd.DataFrame.to_parquet), "is a file of parquet, not csv. Set data.format to"),
    "feather as parquet": ("r.parquet", _as(pd.DataFrame.to_feather), "is a file of arrow, not parquet. Set data.fo"),
    "a zip archive as JSON": (
        "r.jsonl",
        lambda path: FRAME.to_csv(path, compression={"method": "zip", "archive_name": "r.csv"}),
        "is a zip archive, not jsonl. Unpack it",
    ),
    "a zip archive": ("r.csv.zip", _as(pd.DataFrame.to_csv), "has no ending that says how to read it. Unpack it"),
    "a pointer of Git LFS": ("r.parquet", _text(LFS), "is a pointer to the file, which Git keeps elsewhere"),
    "a pointer as text": ("r.csv", _text(LFS), "Run: git lfs pull"),
    "a page to sign in": ("r.csv", _text(PAGE), "is a web page, not csv. Download the file itself."),
    "columns of pandas": ("r.json", _json(), 'holds columns by their names, as pandas\' to_json() writes it'),
    "split by pandas": ("r.json", _json(orient="split"), 'Write it by df.to_json(PATH, orient="records").'),
    "an index of pandas": ("r.json", _json(orient="index"), "holds records by their names, as pandas"),
    "a table of pandas": ("r.json", _json(orient="table"), "holds a schema and its data, as pandas"),
    "lists of columns": ("r.json", _text(json.dumps(FRAME.to_dict("list"))), "holds a list for each column, as pandas"),
    "a list called lines": ("r.jsonl", _json(orient="records"), "line 1 is one list, not a record. Set data.format to"),
    "the same on lines": ("r.jsonl", _json(orient="records", indent=1), "Set data.format to json where"),
    "a pipe": ("r.csv", lambda path: os.mkfifo(path), "is a pipe or a device, not a file. Write the records to a file"),
    "a link in a circle": ("r.csv", lambda path: path.symlink_to(path), "is a link that leads to no file."),
}  # fmt: skip


@pytest.mark.parametrize("case", DISGUISES)
def test_a_file_in_disguise_is_refused(case: str, tmp_path: Path) -> None:
    """A sentence names what it is."""
    name, write, says = DISGUISES[case]
    write(tmp_path / name)
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source=name)
    assert says in str(caught.value)


def test_a_workbook_is_known_by_its_parts(tmp_path: Path) -> None:
    """It is packed as zip archives are; by its own format it is read under any name."""
    FRAME.to_excel(tmp_path / "r.xlsx", index=False)
    (tmp_path / "r.xlsx").rename(tmp_path / "r.csv")
    with pytest.raises(DataError, match=r"is an Excel workbook, not csv. Set data.format to xlsx"):
        previewed(tmp_path, source="r.csv")
    assert previewed(tmp_path, source="r.csv", format="xlsx")[1].text == "pipe drips"


def test_one_record_is_no_table(tmp_path: Path) -> None:
    """Its lists are the record's own."""
    tagged = {"tokens": ["Old", "Mill"], "tags": ["B-Place", "I-Place"]}
    (tmp_path / "r.json").write_text(json.dumps({"text": "mill", "topic": ["event"], **tagged}), encoding="utf-8")
    columns = {"label": None, "labels": "topic"}
    assert previewed(tmp_path, SEVERAL, source="r.json", columns=columns)[0].labels == ("event",)
    columns = {"label": None, "tokens": "tokens", "tags": "tags"}
    assert previewed(tmp_path, TOKENS, source="r.json", columns=columns)[0].text == "Old Mill"
