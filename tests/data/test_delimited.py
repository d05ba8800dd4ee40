"""CSV and its kin, however they are written: read as they were meant, or refused with the line and what to write."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.records import answers, previewed, recipe_with
from hubpress.errors import DataError, RecipeError
from hubpress.release.api import preview_records

Row = tuple[str, str]

ENCODINGS = {"utf-8": "é水", "utf-8-sig": "é水", "utf-16": "é水", "utf-16-le": "é水", "cp1252": "é€", "gb18030": "水火"}
MARKED = {"utf-8", "utf-8-sig", "utf-16"}
QUOTING: dict[str, Any] = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}


@st.composite
def written(draw: st.DrawFn) -> tuple[list[Row], bytes, str, dict[str, Any]]:
    """Return records, their file, its ending, and what a recipe says of it: all, or what cannot be known without."""
    separator, quotechar = draw(st.sampled_from(",;\t|^")), draw(st.sampled_from("\"'"))
    quoting, ends = draw(st.sampled_from(sorted(QUOTING))), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding, escapes = draw(st.sampled_from(sorted(ENCODINGS))), draw(st.booleans())
    says_all = draw(st.booleans())
    signs = "ab 0\\\"'" + ENCODINGS[encoding]
    if quoting != "none":  # Python 3.11 quotes only those line breaks that end lines, too
        signs += ",;|^" + ends + ("\t" if separator != "\t" or says_all else "")
    if quoting == "none":
        signs = signs.replace("\\", "")
    text = st.text(signs, max_size=8)
    rows = draw(st.lists(st.tuples(text, text), min_size=1, max_size=4))
    file = io.StringIO()
    writer = csv.writer(
        file,
        delimiter=separator,
        quoting=QUOTING[quoting],
        quotechar=None if quoting == "none" else quotechar,
        lineterminator=ends,
        doublequote=not escapes,
        escapechar="\\" if escapes else None,
    )
    writer.writerow(["one", "two", "topic"])
    writer.writerows([*row, "x"] for row in rows)
    says: dict[str, Any] = {"encoding": encoding} if encoding not in MARKED or says_all else {}
    if separator == "^" or says_all:
        says["separator"] = separator
    if quoting == "none" or says_all:
        says["quoting"] = "none" if quoting == "none" else "minimal"
    if quotechar == "'" and quoting != "none":
        says["quotechar"] = quotechar
    if escapes and quoting != "none":
        says["escapechar"] = "\\"
    ending = "tsv" if separator == "\t" and draw(st.booleans()) else "csv"
    return rows, file.getvalue().encode(encoding), ending, says


@settings(
    derandomize=True, max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=written())
def test_what_python_writes_is_read_back_or_refused(
    case: tuple[list[Row], bytes, str, dict[str, Any]], tmp_path: Path
) -> None:
    """Whatever separates, quotes and ends the records, and in whichever encoding: nothing is misread in silence."""
    rows, content, ending, says = case
    (tmp_path / f"records.{ending}").write_bytes(content)
    template = "[{{ one | tojson }}, {{ two | tojson }}]"
    recipe = recipe_with(tmp_path, source=f"records.{ending}", input_template=template, **says)
    try:
        records = preview_records(recipe, count=10)
    except DataError:
        return
    assert [tuple(json.loads(record.text or '["", ""]')) if record.text else ("", "") for record in records] == [
        row if any(part.strip() for part in row) else ("", "") for row in rows
    ]


REFUSED = {
    "a quote that swallows records": (
        "records.csv",
        'text,topic\n"a,x\n' + "b,y\n" * 5 + 'c",x\n',
        "records.csv:2: opens a quoted text of 7 lines, each of which looks like a record itself. Set data.quoting",
    ),
    "the same of many columns": (
        "records.csv",
        'id,text,topic,day\n1,"a,x,2\n2,b",y,3\n',
        "records.csv:2: opens a quoted text of 2 lines",
    ),
    "a quote that swallows one record": (
        "records.csv",
        'text,topic\n"mill is closed,event\npipe drips",repair\nchoir sings,event\n',
        "records.csv:2: opens a quoted text of 2 lines, each of which looks like a record itself. Set data.quoting",
    ),
    "the same between semicolons": (
        "records.csv",
        'topic;text\nevent;"mill is closed\nrepair;pipe drips"\nevent;choir sings\n',
        "records.csv:2: opens a quoted text of 2 lines",
    ),
    "a record whose answers many others have": (
        "records.csv",
        "text,topic\n" + "door squeaks,repair\n" * 30 + '"lamp fails,repair\ncellar leaks",repair\n',
        "records.csv:32: opens a quoted text of 2 lines",
    ),
    "quotes behind backslashes": (
        "records.csv",
        'text,topic\n"the \\"old\\" mill",event\n',
        'Its quotes stand behind backslashes: set data.escapechar to "\\\\".',
    ),
    "separators behind backslashes": (
        "records.csv",
        "text,topic\nmill\\, old,event\n",
        'Its separators stand behind backslashes: set data.escapechar to "\\\\".',
    ),
    "fewer cells than columns": (
        "records.csv",
        "id,text,topic\n1,mill,event\npipe,repair\n",
        "records.csv:3: has 2 columns where the header has 3. Write all of its cells, empty ones too",
    ),
    "the header once more": (
        "records.csv",
        "text,topic\nmill,event\n\ufefftext,topic\npipe,repair\n",
        "records.csv: repeats the names of the columns, text, topic. Take it out",
    ),
    "a quote that swallows the rest": (
        "records.csv",
        'text,topic\nz,x\n"a,x\n' + "b;y\n" * 20_000,
        "records.csv:3: opens a quoted text that does not end well: no end within 10,000 lines",
    ),
    "a quote in the middle of a text in quotes": (
        "records.csv",
        'text,topic\n"a "b" c",x\n',
        "records.csv:2: is not well quoted: ',' expected after '\"'. Look for a double quote",
    ),
    "quotes of another kind around all": (
        "records.csv",
        "'text','topic'\n'a','x'\n",
        'Its columns stand in quotes: set data.quotechar to "\'".',
    ),
    "quoted columns of a TSV": (
        "records.tsv",
        '"text"\t"topic"\n"a"\t"x"\n',
        "Its columns stand in quotes: set data.quoting to minimal.",
    ),
    "a quoted line break in a TSV": (
        "records.tsv",
        'text\ttopic\n"a\nb"\tx\n',
        "records.tsv:2: has 1 column where the header has 2. Set data.quoting to minimal.",
    ),
    "quotes behind spaces": (
        "records.csv",
        'text, topic\n"a", "x"\n',
        "records.csv:2: holds ' \"x\"': a quote that follows a space encloses nothing. Set data.skipinitialspace",
    ),
    "the same column twice": (
        "records.csv",
        "text,topic,topic\na,x,y\n",
        "records.csv:1: names the column 'topic' twice.",
    ),
    "more cells than columns": (
        "records.csv",
        "text,topic,\na,x,\nb, c,y,\n",
        "records.csv:3: has 4 columns where the header has 3. Put texts that hold the separator into double quotes.",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_not_certain_is_refused(fault: str, tmp_path: Path) -> None:
    """Each fault ends in a sentence with the file, the line and what to write."""
    name, content, says = REFUSED[fault]
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source=name)
    assert says in str(caught.value)


READ = {
    "columns without a name": "text,,topic,,\na,1,x,,\nb,2,y,z,\n",
    "a column twice that is not read": "text,note,topic,note\na,1,x,\nb,2,y,3\n",
    "empty cells behind the last column": "text,topic\na,x,,\nb,y\n",
    "what Excel reads the separator from": "sep=;\ntext;topic\na;x\nb;y\n",
    "spaces around the names of columns": "text , topic\na, x\nb,y \n",
    "tabs in a CSV file": "text\ttopic\na\tx\nb\ty\n",
    "lines of spaces": "text,topic\na,x\n   \nb,y\n \n",
    "bars": "id|text|topic\n1|a|x\n2|b|y\n",
}


@pytest.mark.parametrize("kind", READ)
def test_what_is_certain_is_read(kind: str, tmp_path: Path) -> None:
    """What people's programs write is read without a setting."""
    (tmp_path / "records.csv").write_text(READ[kind], encoding="utf-8")
    records = previewed(tmp_path, source="records.csv")
    assert [(record.text, record.labels) for record in records] == [("a", ("x",)), ("b", ("y",))]


def test_spaces_behind_separators_are_skipped_where_that_is_said(tmp_path: Path) -> None:
    """Then quotes may follow them."""
    (tmp_path / "records.csv").write_text('text, topic\n"a, b", "x"\n', encoding="utf-8")
    records = previewed(tmp_path, source="records.csv", skipinitialspace=True)
    assert [(record.text, record.labels) for record in records] == [("a, b", ("x",))]


TEXTS = ["Dear all,\nthe choir, late again,\nsings\nat nine\n\nAda", "late, again\nyours, Ada", "so,so\nbye"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_many_lines_is_one_text(text: str, tmp_path: Path) -> None:
    """Line breaks in quotes belong to the text, also where its lines hold as many separators as a record."""
    with (tmp_path / "records.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "topic"], [text, "x"], *[["plain", "x"]] * 30])
    assert previewed(tmp_path, source="records.csv")[0].text == text


@pytest.mark.parametrize(
    ("encoding", "said", "says"),
    [
        ("cp1252", None, "records.csv:3: is not UTF-8. Say its encoding in data.encoding (it looks like cp1252)"),
        ("utf-8", "cp1252", "records.csv: is UTF-8, but data.encoding is cp1252. Take that out."),
        ("utf-16", "cp1252", "records.csv: begins with the mark of utf-16, but data.encoding is cp1252."),
        (
            "utf-16-le",
            None,
            "Say its encoding in data.encoding (it looks like utf-16-le), or save it as UTF-8 text.",
        ),
        (
            "utf-16-be",
            "utf-16",
            "records.csv: has no byte order mark, without which utf-16 is read in one of two ways.",
        ),
        ("utf-16-be", "UTF16", "Set data.encoding to utf-16-be."),
        ("utf-32-le", "utf-32", "Set data.encoding to utf-32-le."),
        ("cp1252", "ascii", "records.csv:3: is not ascii."),
        ("cp1252", "latin-99", "data.encoding: is no encoding that Python knows"),
    ],
)
def test_an_encoding_is_never_guessed(encoding: str, said: str | None, says: str, tmp_path: Path) -> None:
    """What is in another encoding than is said, or than UTF-8, is refused with the line; a guess is only shown."""
    (tmp_path / "records.csv").write_text("text,topic\na,x\nDie Tür im Büro klemmt für heute,y\n", encoding=encoding)
    with pytest.raises((DataError, RecipeError)) as caught:
        previewed(tmp_path, source="records.csv", encoding=said)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["records.jsonl", "records.conll"])
def test_an_encoding_is_for_every_text_file(name: str, tmp_path: Path) -> None:
    """JSON and CoNLL are read in the encoding that is said, as CSV is."""
    texts = {"records.jsonl": '{"text": "Tür", "topic": "x"}\n', "records.conll": "Tür O\n"}
    (tmp_path / name).write_text(texts[name], encoding="cp1252")
    data: dict[str, Any] = (
        {"columns": {"label": "document"}, "input_template": "{{ tokens[0] }}"} if name.endswith("conll") else {}
    )
    assert previewed(tmp_path, source=name, encoding="cp1252", **data)[0].text == "Tür"


def test_a_setting_of_another_format_is_refused(tmp_path: Path) -> None:
    """What a format does not have is not passed over."""
    (tmp_path / "records.jsonl").write_text('{"text": "a", "topic": "x"}\n', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.jsonl", separator=";")
    assert str(caught.value).startswith("data.separator: is for csv, tsv, but ")


def test_records_may_lie_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` and folders outside of the model's are read; a link to them, too."""
    home, folder = tmp_path / "home", tmp_path / "model"
    home.mkdir()
    folder.mkdir()
    (home / "records.csv").write_text("text,topic\na,x\n", encoding="utf-8")
    (folder / "linked.csv").symlink_to(home / "records.csv")
    monkeypatch.setenv("HOME", str(home))
    for source in ("~/records.csv", "../home/*.csv", str(home / "records.csv"), "linked.csv"):
        assert answers(previewed(folder, source=source)) == [("x",)]
