"""Rows that cannot be answered: each is put aside with its file, its number and the reason; all others are answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from helpers.processes import Command
from score.conftest import answers_in, bad_rows_in


def line(**fields: Any) -> bytes:
    """Return a good record of JSON Lines with other *fields*."""
    record = {"id": "x", "title": "Streaming search", "container_title": "", "abstract": "", **fields}
    return json.dumps(record).encode()


LINES: list[tuple[bytes, str]] = [
    (b'{"id": "x", "title": ', "it is not JSON"),
    (b"{'id': 'x', 'title': 'a'}", "it is not JSON"),
    (line()[:-1] + b",}", "it is not JSON"),
    (line() + line(), "it is not JSON"),
    (b"id,title", "it is not JSON"),
    (b'{"id": ' + b"9" * 5000 + b"}", "it is not JSON"),
    (b"[" * 100_000, "it is not JSON: nested too deeply."),
    (b"[1, 2]", "it is a list, and no object with columns."),
    (b'"Streaming search"', "it is a text, and no object"),
    (b"null", "it is null, and no object"),
    (b"5", "it is a number, and no object"),
    (b"true", "it is true or false, and no object"),
    (b"\xff\xfe{}", "it is not"),
    (b'{"id": "x", "title": "Stra\xdfe"}', "it is not UTF-8."),
    (b" " * 16_000_000 + line(), "the line has more than 16,000,000 bytes."),
    (b'{"id": "x", "container_title": "", "abstract": ""}', "it has no title."),
    (b'{"title": "a", "container_title": "", "abstract": ""}', "it has no id."),
    (b"{}", "it has no title."),
    (line(id=None), "its id (id) is missing."),
    (line(id=""), "its id (id) is missing."),
    (line(id=1.5), "its id (id) is a number, and no text or whole number."),
    (line(id=True), "its id (id) is true or false"),
    (line(id=[1]), "its id (id) is a list"),
    (line(id={"a": 1}), "its id (id) is an object"),
    (line(title=None), "the record is empty. Fill at least one of title, container_title, abstract."),
    (line(title=" \n\t", abstract=" "), "the record is empty."),
    (line(title=float("nan")), "the record is empty."),
    (line(title={"en": "Streaming"}), "its title is an object, and no text."),
    (line(title=["Streaming", "search"]), "the record does not fit the model's input_template: it prints a list"),
    (line(title="a" * 1_000_001), "its title has more than 1,000,000 characters."),
    (b'{"id": "x", "title": "\\ud800", "container_title": "", "abstract": ""}', "half a surrogate pair"),
]
CELLS: list[tuple[bytes, str]] = [
    (b"1,one,two", "it has 3 cells, and the header 4."),
    (b"1,one,two,three,four", "it has 5 cells, and the header 4."),
    (b"1,Stra\xdfe,,", "it is not UTF-8."),
    (b"\xff,one,,", "it is not UTF-8."),
    (b"1,,,", "the record is empty."),
    (b"1, ,\t,", "the record is empty."),
    (b",one,,", "its id (id) is missing."),
    (b'"",one,,', "its id (id) is missing."),
    (b"x", "it has 1 cell, and the header 4."),
    (b'1,one,,"two\n2,two,,\n3,three,,', "a double quote is not closed: the rest of the file stands in this row."),
]
ROWS: list[tuple[dict[str, Any], str]] = [
    ({"id": None, "title": "one"}, "its id (id) is missing."),
    ({"id": 7, "title": None}, "the record is empty."),
]
GOOD = b"good,Web data,,"


@pytest.fixture(scope="module")
def ran(subjects: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int, str]:
    """Return the folders of records and of answers of one run over all that is bad, its code and its last line.

    Each bad row stands between good ones.
    """
    from contextlib import redirect_stdout
    from io import StringIO

    from hubpress.cli.main import main

    here, out = tmp_path_factory.mktemp("records"), tmp_path_factory.mktemp("answers") / "out"
    lines = [line(), *(one for bad, _ in LINES for one in (bad, b"", line()))]
    (here / "lines.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    cells = [b"id,title,container_title,abstract", *(one for bad, _ in CELLS for one in (b"", GOOD, bad))]
    (here / "cells.csv").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(cells))
    table = [{"container_title": "", "abstract": None, **row} for row, _ in ROWS]
    parquet.write_table(pa.Table.from_pylist(table), here / "rows.parquet")
    with redirect_stdout(StringIO()) as said:
        words = ["score", subjects, "--input", here / "*", "--output", out, "--workers", "1", "--quiet"]
        code = main([str(word) for word in words])
    return here, out, code, said.getvalue()


def test_the_exit_code_and_the_last_line_count_them(ran: tuple[Path, Path, int, str], subjects: Path) -> None:
    """All others have their answers, none is lost or doubled."""
    _, out, code, said = ran
    bad = len(LINES) + len(CELLS) + len(ROWS)
    good = len(LINES) + 1 + len(CELLS)
    assert (code, len(bad_rows_in(out)), len(answers_in(out))) == (1, bad, good)
    assert f"{good} records answered by {subjects} at " in said
    assert f"{bad} without an answer ({out / 'bad-rows.jsonl'})" in said


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        *(("lines.jsonl", 2 + 3 * place, says) for place, (_, says) in enumerate(LINES)),
        *(("cells.csv", 2 + 2 * place, says) for place, (_, says) in enumerate(CELLS)),
        *(("rows.parquet", 1 + place, says) for place, (_, says) in enumerate(ROWS)),
    ],
)
def test_each_stands_beside_with_its_reason(name: str, row: int, says: str, ran: tuple[Path, Path, int, str]) -> None:
    """The row is the line of JSON Lines, and elsewhere the record, counted from 1."""
    here, out, _, _ = ran
    [reason] = [one["reason"] for one in bad_rows_in(out) if (one["file"], one["row"]) == (str(here / name), row)]
    assert says in reason
    assert "\n" not in reason


REFUSED = ["--quiet", "--workers", "1"]


@pytest.mark.parametrize(("content", "name", "says"), [
    (b"PAR1 is none", "a.parquet", "cannot be read as parquet"),
    (b"", "a.parquet", "cannot be read as parquet"),
    (b"\x1f\x8b is none", "a.csv.gz", "cannot be read as csv"),
    (b"id,title", "a.jsonl.gz", "cannot be read as jsonl"),
    ("id,title\n1,a".encode("utf-16"), "a.csv", "cannot be read as csv: 'utf-8' codec can't decode byte 0xff"),
], ids=["no-parquet", "empty-parquet", "no-gzip", "text-as-gzip", "utf-16"])  # fmt: skip
def test_a_file_that_is_none_of_its_format_is_refused(
    content: bytes, name: str, says: str, hubpress: Command, subjects: Path, tmp_path: Path
) -> None:
    """Before anything is answered."""
    (tmp_path / name).write_bytes(content)
    ran = hubpress("score", subjects, "--input", tmp_path / name, "--output", tmp_path / "out", *REFUSED)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"hubpress: {tmp_path / name}: {says}")
    assert ran.err.endswith(". Save it as UTF-8.\n" if "codec" in says else ". Check the file.\n")
    assert not (tmp_path / "out").exists()
