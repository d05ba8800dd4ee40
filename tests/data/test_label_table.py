"""Label tables: order, names and parents of labels; other names than the records'."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from helpers.data import MULTI, coloured, rows
from hubpress.schemas.splits import SplitFacts

TABLE = {"file": "table.csv", "separator": ";", "key": "WORD", "name": "{{ id }}: {{ the_word }}"}
ROWS = """id;WORD;the WORD;family
9;gold;Gold;metal
1;red;Red;warm
3;blue;Blue;cold
2;green;Green;cold
8;grey;Grey;none
"""


def test_a_label_table_gives_order_names_and_parents(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """The table's order is that of the ids; the template reads columns with spaces, too; unused labels may stay."""
    write("table.csv", ROWS)
    table = {**TABLE, "parents": {"group": "family"}}
    facts = prepare(MULTI, source=write("records.jsonl", coloured(30)), label_table=table, unused_labels="keep")
    assert facts.labels == ("9: Gold", "1: Red", "3: Blue", "2: Green", "8: Grey")
    assert facts.parents["3: Blue"] == {"group": "cold"}
    assert facts.parents.keys() == set(facts.labels)
    assert rows(tmp_path)[1]["labels"] == [3]


def test_a_table_beside_the_records_goes_first(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """With --data the table is looked for beside those records, then in the model's folder."""
    write("table.csv", ROWS)
    own = tmp_path / "own"
    own.mkdir()
    write("../../own/records.jsonl", coloured(30))
    for beside, first in ((False, "9: Gold"), (True, "9: GOLD")):
        if beside:
            (own / "table.csv").write_text(ROWS.replace("Gold", "GOLD"), encoding="utf-8")
        facts = prepare(MULTI, "--data", own / "records.jsonl", label_table=TABLE, unused_labels="keep")
        assert facts.labels[0] == first


def test_words_of_the_records_can_be_published_under_other_names(
    prepare: Callable[..., SplitFacts], tmp_path: Path
) -> None:
    """``label_names`` maps what records hold to labels, in the order of their ids."""
    decision = {"rule": "threshold", "threshold": "tune", "positive": "a dog"}
    facts = prepare({"decision": decision}, labels=None, label_names={"cat": "a cat", "dog": "a dog"})
    assert facts.labels == ("a cat", "a dog")
    assert [row["label"] for row in rows(tmp_path)[:4]] == [1, 0, 1, 0]
