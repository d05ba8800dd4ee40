"""Records of the other tasks: several labels, label tables, tags in any scheme, entities, and splits that stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Ran
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.layout import SPLITS_FACTS
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import KINDS
from hubpress.recipe.recipe import RecipeFile
from hubpress.schemas.splits import SplitFacts

Command = Callable[..., Ran]

GOOD = Path(__file__).parent / "samples" / "bad" / "good"
WORDS = ("red", "green", "blue")
TOKEN = {"task": "token", "data": {"columns": {}, "input_template": None, "labels": None}}
MULTI = {
    "task": "multi-label",
    "decision": {"rule": "threshold", "threshold": 0.5},
    "data": {"columns": {"labels": "colours"}, "labels": None},
}


@pytest.fixture
def prepare(hubpress: Command, tmp_path: Path) -> Callable[..., SplitFacts]:
    """Write a recipe and run its data stage; return the facts. ``rows`` of the splits are read with :func:`rows`."""

    def run(changes: dict[str, Any], *options: str | Path, **data: Any) -> SplitFacts:
        folder = tmp_path / "models" / "pets"
        shutil.copytree(GOOD, folder, dirs_exist_ok=True)
        recipe = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
        recipe |= {key: value for key, value in changes.items() if key != "data"}
        recipe["data"] |= {**changes.get("data", {}), **data}
        recipe["data"] = {key: value for key, value in recipe["data"].items() if value is not None}
        (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        ran = hubpress(
            "data", "pets", "--models", folder.parent, "--build-dir", tmp_path / "build", "--quiet", *options
        )
        assert ran.code == 0, ran.err
        return SplitFacts.load(tmp_path / "build" / "pets" / "data" / SPLITS_FACTS)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Sequence[dict[str, Any]] | str], str]:
    """Write records, or a text, into the model's folder; return the file's name."""

    def run(name: str, records: Sequence[dict[str, Any]] | str) -> str:
        path = tmp_path / "models" / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = records if isinstance(records, str) else "".join(json.dumps(row) + "\n" for row in records)
        path.write_text(text, encoding="utf-8")
        return name

    return run


def rows(tmp_path: Path, *splits: str) -> list[dict[str, Any]]:
    """Return the rows of some splits, by default of all, in the order of the records."""
    folder = tmp_path / "build" / "pets" / "data"
    return sorted((row for name in splits or SPLITS for row in load_split(folder, name)), key=lambda row: row["row"])


def coloured(count: int) -> list[dict[str, Any]]:
    """Return records with one, two or three of the colours each, and a fourth colour that stands once."""
    records = [
        {"text": f"picture {number}", "note": None, "colours": [WORDS[number % 3], WORDS[number % 2]]}
        for number in range(count)
    ]
    records[0]["colours"].append("gold")
    return records


def test_the_recipe_knows_the_table_of_tasks() -> None:
    """A recipe's tasks are those of the table, and every metric that it may name has a name on the Hub."""
    assert RecipeFile.model_fields["task"].annotation.__args__ == tuple(KINDS)
    for kind in KINDS.values():
        assert set(kind.known_metrics(positive=True)) <= METRIC_NAMES.keys()


@pytest.mark.parametrize("form", ["list", "separator"])
def test_several_labels(
    form: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """A list of labels, or a text with a separator, becomes sorted ids; a label twice counts once."""
    records = coloured(30)
    columns = {"labels": "colours"}
    if form == "separator":
        records = [{**row, "colours": " | ".join(row["colours"])} for row in records]
        columns["separator"] = "|"
    facts = prepare(MULTI, source=write("records.jsonl", records), columns=columns)
    assert facts.labels == ("blue", "gold", "green", "red")
    for row, record in zip(rows(tmp_path), coloured(30), strict=True):
        assert list(row) == ["text", "labels", "row"]
        assert [facts.labels[number] for number in row["labels"]] == sorted(set(record["colours"]))
    assert sum(facts.label_counts[name]["gold"] for name in SPLITS) == 1


def test_a_stratified_split_of_several_labels_goes_by_the_rarest(
    prepare: Callable[..., SplitFacts], write: Callable[..., str]
) -> None:
    """Each label is spread as asked; a label of fewer than three records stays in train."""
    facts = prepare(MULTI, source=write("records.jsonl", coloured(240)))
    assert facts.counts == {"train": 135, "validation": 45, "test": 60}
    assert facts.label_counts["train"]["gold"] == 1
    for colour in WORDS:
        share = facts.label_counts["test"][colour] / sum(facts.label_counts[name][colour] for name in SPLITS)
        assert 0.2 < share < 0.3


def test_fields_are_kept_where_inputs_leave_some_out(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """With evaluation.inputs a split holds the template's fields as JSON, empty where they are missing."""
    inputs = {"evaluation": {"inputs": {"text alone": ["text"]}}}
    prepare({**MULTI, **inputs}, source=write("records.jsonl", coloured(30)), input_template="{{ text }} {{ note }}")
    row = rows(tmp_path)[4]
    assert json.loads(row["record"]) == {"text": "picture 4", "note": ""}
    assert row["text"] == "picture 4"


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


SCHEMES = {
    "IOB1": ["I-place I-place O I-place", "I-name I-place", "I-name B-name I-place"],
    "IOB2": ["B-place I-place O B-place", "B-name B-place", "B-name B-name B-place"],
    "BIOES": ["B-place E-place O S-place", "S-name S-place", "S-name S-name S-place"],
    "BILOU": ["B-place L-place O U-place", "U-name U-place", "U-name U-name U-place"],
}
TOKENS = ["New York and Oslo", "Ann Oslo", "Ann Bob Oslo"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("form", ["conll", "jsonl"])
def test_tags_of_every_scheme_become_iob2(
    scheme: str, form: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """CoNLL and lists of tags in IOB1, IOB2, BIOES and BILOU are the same tag ids, without being told the scheme."""
    pairs = [
        (f"{text} {number}".split(), f"{tags} O".split())
        for number in range(6)
        for text, tags in zip(TOKENS, SCHEMES[scheme], strict=True)
    ]
    if form == "conll":
        lines = "\n".join("".join(f"{word} NN {tag}\n" for word, tag in zip(*pair, strict=True)) for pair in pairs)
        facts = prepare(TOKEN, source=write("records.conll", f"-DOCSTART- -X- O\n\n{lines}"))
    else:
        records = [{"tokens": tokens, "tags": tags} for tokens, tags in pairs]
        facts = prepare(TOKEN, source=write("records.jsonl", records))
    assert facts.labels == ("O", "B-name", "I-name", "B-place", "I-place")
    found = rows(tmp_path)
    assert [row["tags"] for row in found[:3]] == [[3, 4, 0, 3, 0], [1, 3, 0], [1, 1, 3, 0]]
    assert (found[0]["tokens"], found[0]["text"]) == (["New", "York", "and", "Oslo", "0"], "New York and Oslo 0")
    assert sum(sum(counts.values()) for counts in facts.label_counts.values()) == 6 * 7


def test_entity_types_in_the_order_of_the_recipe(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """``data.labels`` orders the types; each has two tags."""
    records = [{"tokens": ["Ann", "Oslo", str(number)], "tags": ["B-name", "B-place", "O"]} for number in range(9)]
    facts = prepare(TOKEN, source=write("records.jsonl", records), labels=["place", "name"])
    assert facts.labels == ("O", "B-place", "I-place", "B-name", "I-name")


def test_entities_of_a_text(prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path) -> None:
    """Spans of a text become tokens and tags; a token ends where an entity does."""
    records = [
        {"text": f"U.S.-based Ann, {number}", "spans": [
            {"start": 11, "end": 14, "label": "name"}, {"start": 0, "end": 4, "label": "place"}]}
        for number in range(9)
    ]  # fmt: skip
    columns = {"text": "text", "entities": "spans"}
    facts = prepare(TOKEN, source=write("records.jsonl", records), columns=columns)
    row = rows(tmp_path)[0]
    assert row["tokens"] == ["U", ".", "S", ".", "-", "based", "Ann", ",", "0"]
    assert [facts.labels[tag] for tag in row["tags"]] == ["B-place", *["I-place"] * 3, "O", "O", "B-name", "O", "O"]


def test_a_hashed_split_stays_when_records_are_added(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Each text's split depends on the text and the seed alone."""
    split = {"method": "hashed", "test_size": 0.25, "validation_size": 0.25, "seed": 1}

    def parts(records: list[dict[str, Any]], seed: int = 1) -> dict[str, str]:
        prepare(MULTI, source=write("records.jsonl", records), split={**split, "seed": seed}, unused_labels="keep")
        return {row["text"]: name for name in SPLITS for row in rows(tmp_path, name)}

    few, many = parts(coloured(60)), parts(coloured(400)[::-1])
    assert few.items() <= many.items()
    assert parts(coloured(60), seed=2) != few
    assert 0.2 < list(many.values()).count("test") / 400 < 0.3


def test_dates_and_given_splits_of_every_task(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """A chronological and a given split do the same for several labels and for tokens as for one label."""
    records = [
        {
            **row,
            "tokens": row["text"].split(),
            "tags": ["B-thing", "O"],
            "when": f"2024-{1 + number % 12:02}-{1 + number:02}",
        }
        for number, row in enumerate(coloured(24))
    ]
    for changes in (MULTI, TOKEN):
        split = {"method": "chronological", "column": "when", "test_size": 0.25, "validation_size": 0.25}
        prepare(changes, source=write("records.jsonl", records), split=split, unused_labels="keep")
        newest = sorted(records, key=lambda row: row["when"])[-6:]
        assert {row["text"] for row in rows(tmp_path, "test")} == {row["text"] for row in newest}
        write("train.jsonl", records[:18])
        write("dev.jsonl", records[18:])
        files = {"train": "train.jsonl", "test": "dev.jsonl"}
        facts = prepare(changes, source=".", files=files, split={"method": "given"}, unused_labels="keep")
        assert facts.counts == {"train": 15, "validation": 3, "test": 6}
        assert [row["text"] for row in rows(tmp_path, "test")] == [row["text"] for row in records[18:]]


def test_a_duplicate_is_a_text_that_stands_twice(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """Whatever its labels, a text in two splits could be answered from memory: of equal texts the first stays."""
    records = [*coloured(30), {"text": "picture 3", "colours": ["red"]}]
    facts = prepare(MULTI, source=write("records.jsonl", records), duplicates="drop")
    assert (facts.dropped, sum(facts.counts.values())) == ({"duplicates": 1}, 30)
