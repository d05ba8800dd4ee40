"""Texts that were damaged before they came here, through ``hubpress data``."""

from __future__ import annotations

from pathlib import Path

from helpers.good_rows import good_rows, of_part
from report.conftest import Ask


def test_damaged_texts_are_counted_with_the_first_of_each_kind(ask: Ask, page: Path) -> None:
    """No value in place of a text, U+FFFD, and UTF-8 read in another encoding, once or twice: a sentence each."""
    rows = good_rows()
    train, test = of_part(rows, "train"), of_part(rows, "test")
    train[2]["text"], train[3]["text"] = "NaN", "None"
    train[5]["text"] += " in Sk\ufffdne"
    for row in (train[7], test[1]):
        row["text"] += " d\u00e9j\u00e0 l\u2019\u00e9t\u00e9".encode().decode("cp1252", "replace").replace("\ufffd", "")
    test[2]["text"] += " \u00fcber".encode().decode("latin-1").encode().decode("latin-1")
    report = ask(rows)
    place = {id(row): number for number, row in enumerate(rows, 1)}
    found = {one.kind: (one.texts, one.split, one.row) for one in report.damaged}
    assert found == {
        "no value": (2, "train", place[id(train[2])]),
        "replaced": (1, "train", place[id(train[5])]),
        "misread": (3, "train", place[id(train[7])]),
    }
    told = [finding.text for finding in report.findings if finding.kind == "damaged"]
    assert [text.split(",")[0] for text in told] == [
        "2 texts are",
        "1 text holds U+FFFD",
        "3 texts seem to be UTF-8 that was read in another encoding",
    ]
    assert f"'NaN' (train, row {place[id(train[2])]})" in told[0]
    assert "Sk\ufffdne" in told[1] and "d\u00c3\u00a9j" in told[2]
    assert "3 texts seem to be UTF-8" in page.read_text(encoding="utf-8")


def test_whole_texts_of_many_scripts_are_not_damaged(ask: Ask) -> None:
    """Letters, marks and words that look a little like damage, or hold a word for no value."""
    rows = good_rows()
    texts = [
        "N\u00c3O \u00c9 \u00abs\u00f3\u00bb isso: 20 \u00b0C \u00b1 \u00bd",
        "\u0110\u1eb7ng Th\u1ecb Ng\u1ecdc, \u0141\u00f3d\u017a, \u015eanl\u0131urfa",
        "None of these is nan, null or N/A",
        "\u201cVoil\u00e0\u201d \u2013 50 \u20ac, \u00a3 40 \u2122",
        "\u0928\u092e\u0938\u094d\u0924\u0947 \u05e9\u05dc\u05d5\u05dd \u4f60\u597d",
    ]
    for row, text in zip(of_part(rows, "train"), texts, strict=False):
        row["text"] = text
    assert ask(rows).damaged == ()
