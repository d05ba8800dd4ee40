"""Groups: the records of one author, patient or document are in one split, whatever draws it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import MULTI, TOKEN, rows
from helpers.faults import assert_one_message, patch
from helpers.processes import Command
from hubpress.data.splitting import SPLITS, STAYS, SplitRows, split_rows
from hubpress.errors import DataError
from hubpress.recipe.data import Split
from hubpress.schemas.splits import SplitFacts

Prepare = Callable[..., SplitFacts]
Write = Callable[..., str]
SIZES = {"test_size": 0.2, "validation_size": 0.2}


def notes_of(patients: dict[str, int], *, kinds: int = 2) -> list[dict[str, Any]]:
    """Return the notes on some patients, so many on each, every *kinds*-th of one kind."""
    names = [name for name, count in patients.items() for _ in range(count)]
    return [
        {
            "text": f"note {number} on a pet that sleeps",
            "kind": ("dog", "cat")[number % kinds],
            "colours": [("red", "green")[number % 2], ("blue", "red")[number // 2 % 2]],
            "tokens": ["note", f"n{number}", "rests"],
            "tags": ["O", "B-name", "O"],
            "patient": name,
            "day": f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
        }
        for number, name in enumerate(names)
    ]


def as_csv(records: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [key for key in records[0] if key not in ("colours", "tokens", "tags")])
    writer.writeheader()
    writer.writerows([{key: row[key] for key in writer.fieldnames} for row in records])
    return stream.getvalue()


def split_of_groups(tmp_path: Path, records: list[dict[str, Any]], column: str = "patient") -> dict[str, set[str]]:
    """Return the splits in which each group lies."""
    found: dict[str, set[str]] = {}
    for name in SPLITS:
        for row in rows(tmp_path, name):
            found.setdefault(str(records[row["row"] - 1][column]), set()).add(name)
    return found


@pytest.mark.parametrize(
    "split",
    [
        {"method": "random", **SIZES},
        {"method": "stratified", **SIZES},
        {"method": "hashed", "test_size": 0.3, "validation_size": 0.3, "seed": 5},
        {"method": "chronological", "column": "day", **SIZES},
    ],
    ids=lambda split: str(split["method"]),
)
def test_no_group_is_in_two_splits(split: dict[str, Any], prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """For one label, for several and for tokens, by every method; the facts count the groups of each split."""
    records = notes_of({f"p{number}": 1 + number % 4 for number in range(24)})
    for task, name, text in (
        ({}, "notes.csv", as_csv(records)),
        (MULTI, "notes.jsonl", records),
        (TOKEN, "notes.jsonl", records),
    ):
        write(name, text)
        facts = prepare(task, source=name, split={**split, "group": "patient"}, unused_labels="keep", duplicates="keep")
        placed = split_of_groups(tmp_path, records)
        assert len(placed) == 24
        assert {len(names) for names in placed.values()} == {1}
        assert facts.groups == {name: sum(names == {name} for names in placed.values()) for name in SPLITS}
        assert facts.split.group == "patient"


@pytest.mark.parametrize("method", ["random", "stratified"])
def test_the_sizes_come_near_those_asked_for(method: str, prepare: Prepare, write: Write) -> None:
    """Groups of very different sizes still make up the shares, and a stratified draw the shares of the classes."""
    records = notes_of({f"p{number}": 1 + number**2 % 23 for number in range(40)}, kinds=2)
    facts = prepare({}, source=write("notes.csv", as_csv(records)), split={"method": method, "group": "patient"})
    count = len(records)
    assert abs(facts.counts["test"] - 0.15 * count) <= 0.02 * count
    assert abs(facts.counts["validation"] - 0.15 * 0.85 * count) <= 0.02 * count
    if method == "stratified":
        for name in ("test", "validation"):
            assert abs(facts.label_counts[name]["dog"] / facts.counts[name] - 0.5) < 0.06


def test_a_random_draw_is_one_of_scikit_learns(prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """The groups of the test split are a draw of GroupShuffleSplit with the recipe's seed."""
    from sklearn.model_selection import GroupShuffleSplit

    records = notes_of({f"p{number:02}": 3 for number in range(20)})
    prepare({}, source=write("notes.csv", as_csv(records)), split={"method": "random", "group": "patient", "seed": 9})
    tested = {name for name, splits in split_of_groups(tmp_path, records).items() if splits == {"test"}}
    names = np.array([row["patient"] for row in records])
    draws = GroupShuffleSplit(n_splits=50, test_size=len(tested), random_state=9).split(names, groups=names)
    assert tested in [set(names[drawn]) for _, drawn in draws]


def test_a_group_that_is_too_large_is_named(prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """It stays in train where the others make up the sizes; where they cannot, what came out is said."""
    split = {"method": "stratified", "group": "patient", **SIZES}
    records = notes_of({"whale": 60, **{f"p{number}": 2 for number in range(20)}})
    facts = prepare({}, source=write("notes.csv", as_csv(records)), split=split)
    assert split_of_groups(tmp_path, records)["whale"] == {"train"}
    assert (facts.counts["test"], facts.notes) == (20, ())
    records = notes_of({"whale": 60, "shark": 50, "ray": 40})
    facts = prepare({}, source=write("notes.csv", as_csv(records)), split=split)
    assert sorted(facts.counts.values()) == [40, 50, 60]
    assert facts.notes[0].startswith(f"test has {facts.counts['test']} records where 30 were asked for")
    assert "no patient is divided ('whale' alone has 60)" in facts.notes[0]


def test_a_class_of_one_group_stays_in_train(prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """What only one group holds is learned; a class that should be everywhere is refused with fewer than three."""
    records = notes_of({f"p{number}": 4 for number in range(10)})
    for row in records[:4]:
        row["colours"] = ["violet"]
    split = {"method": "stratified", "group": "patient", **SIZES}
    for seed in range(4):
        facts = prepare(MULTI, source=write("notes.jsonl", records), split={**split, "seed": seed})
        assert facts.label_counts["train"]["violet"] == 4


def test_documents_of_conll_files_are_groups(prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """Sentences of one document stay together, and every file counts its own documents."""
    for file, count in (("a.conll", 9), ("b.conll", 3)):
        documents = [
            "-DOCSTART- O\n\n" + "".join(f"Pet O\n{file[0]}{number}x{line} B-name\n\n" for line in range(3))
            for number in range(count)
        ]
        write(file, "".join(documents))
    split = {"method": "random", "group": "document", "test_size": 0.25, "validation_size": 0.25}
    facts = prepare(TOKEN, source="*.conll", split=split)
    assert facts.groups is not None
    assert sum(facts.groups.values()) == 12
    documents_of = {name: {row["text"].split()[1].partition("x")[0] for row in rows(tmp_path, name)} for name in SPLITS}
    assert sum(map(len, documents_of.values())) == 12
    (tmp_path / "models" / "pets" / "b.conll").rename(tmp_path / "models" / "pets" / "test.conll")
    files = {"train": "a.conll", "test": "test.conll"}
    facts = prepare(TOKEN, source=".", files=files, split={"method": "given", "group": "document"})
    assert facts.groups is not None
    assert (facts.groups["test"], facts.groups["train"] + facts.groups["validation"]) == (3, 9)


def test_given_splits_with_a_group_in_two_are_refused(
    pets: Path, hubpress: Command, write: Write, tmp_path: Path
) -> None:
    """The first group that lies in two splits is named with its rows, and how many there are."""
    records = notes_of({f"p{number}": 2 for number in range(12)})
    parts = ["train"] * 16 + ["validation"] * 4 + ["test"] * 4
    parts[1], parts[5] = "test", "validation"
    text = as_csv([{**row, "part": part} for row, part in zip(records, parts, strict=True)])
    (pets / "notes.csv").write_text(text, encoding="utf-8")
    words = ["data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--data", pets / "notes.csv"]
    ran = hubpress(*words, "--quiet", "--set", "data.split={method: given, column: part, group: patient}")
    says = [
        "data.split.group 'patient': 'p0' is in train (row 1 of {file}) and in test (row 2 of {file}).",
        "2 patients are in several splits.",
    ]
    assert_one_message(ran, 1, says, file=str(pets / "notes.csv"))


@pytest.mark.parametrize(
    ("patients", "split", "says"),
    [
        ({"a": 5, "": 2, "b": 5, "c": 5}, {}, "2 records have no patient: rows 6, 7 of {file}."),
        ({"a": 10, "b": 10}, {}, "the records have 2 patients, which cannot be in three splits."),
        ({"a": 8, "b": 8, "c": 8}, {"test_size": 24}, "24 records leave none to train on"),
        ({"a": 8, "b": 8, "c": 8}, {"group": "owner"}, "there is no column 'owner'"),
    ],
)
def test_groups_that_cannot_be_split_are_refused(
    patients: dict[str, int], split: dict[str, Any], says: str, pets: Path, refused: Callable[..., None]
) -> None:
    """Records without a group, too few groups and a missing column end in one message."""
    (pets / "notes.csv").write_text(as_csv(notes_of(patients)), encoding="utf-8")
    patch(pets, {"data": {"source": "notes.csv", "split": {"group": "patient", **split}}})
    refused(1, [says], file=str(pets / "notes.csv"))


def test_a_class_of_too_few_groups_is_refused(pets: Path, refused: Callable[..., None]) -> None:
    """A stratified split promises each class its share of every split."""
    records = notes_of({f"p{number}": 2 for number in range(12)}, kinds=1)
    for row in records[:4]:
        row["kind"] = "cat"
    (pets / "notes.csv").write_text(as_csv(records), encoding="utf-8")
    patch(pets, {"data": {"source": "notes.csv", "split": {"group": "patient"}}})
    refused(1, ["too few patients of cat for a stratified split: a class needs at least three."])


def test_what_may_still_belong_together_is_noted(prepare: Prepare, write: Write) -> None:
    """Names that differ in case alone, and texts that several groups have, are said with the splits."""
    records = notes_of({"Ada": 3, "ada": 3, **{f"p{number}": 3 for number in range(8)}})
    records[-1]["text"] = records[0]["text"]
    facts = prepare(
        {},
        source=write("notes.csv", as_csv(records)),
        split={"method": "random", "group": "patient"},
        duplicates="keep",
    )
    assert "'Ada' and 'ada' are taken for two patients" in facts.notes
    assert "1 record repeats a text of another patient" in facts.notes


def test_groups_by_date_go_by_their_newest(prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """The groups with the newest records are for test, whole; older records among them are counted."""
    records = notes_of({f"p{number}": 2 for number in range(10)})
    for number, row in enumerate(records):
        row["day"] = f"20{10 + number // 2}-06-01" if number % 2 else "2001-01-01"
    split = {"method": "chronological", "column": "day", "group": "patient", **SIZES}
    facts = prepare({}, source=write("notes.csv", as_csv(records)), split=split)
    placed = split_of_groups(tmp_path, records)
    assert [placed[f"p{number}"] for number in range(10)] == [{"train"}] * 6 + [{"validation"}] * 2 + [{"test"}] * 2
    assert "2 records of test are older than the newest of validation: each patient goes by its newest" in facts.notes


strata = st.sampled_from([-1, 0, 1, 2, 3, STAYS])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 12), strata, st.integers(0, 5)), min_size=1, max_size=60),
    st.sampled_from(["random", "stratified", "hashed", "chronological"]),
    st.floats(0.05, 0.6),
    st.floats(0.05, 0.6),
    st.integers(0, 3),
)
def test_any_groups_are_whole_or_refused(
    records: list[tuple[int, int, int]], method: Any, test_size: float, validation_size: float, seed: int
) -> None:
    """Every record is in one split, every split has some and no group is in two, the same ones again; or it is said."""
    group, stratum, year = (np.array(column) for column in zip(*records, strict=True))
    split = Split(
        method=method, test_size=test_size, validation_size=validation_size, seed=seed, group="g", column="year"
    )
    names = tuple(f"g{number}" for number in range(13))
    asked = SplitRows(
        indices=np.arange(len(group)),
        strata=stratum,
        words=year,
        vocabulary=tuple(f"{2000 + number}" for number in range(6)),
        groups=group,
        group_names=names,
        shares=np.random.default_rng(seed).random(13)[group],
        classes=(),
        location=lambda indices: f"rows {indices}",
    )
    try:
        found = split_rows(split, asked).rows
    except DataError as error:
        reasons = {"hashed": "split has no rows", "stratified": "each is the only one with records of some label"}
        known = ("which cannot be in three splits", "leave none to train on", reasons.get(method, "leave none"))
        assert any(reason in str(error) for reason in known), error
        return
    assert sorted(np.concatenate(list(found.values()))) == list(range(len(group)))
    assert all(len(indices) for indices in found.values())
    homes = Counter(number for indices in found.values() for number in set(group[indices]))
    assert set(homes.values()) == {1}
    again = split_rows(split, asked).rows
    assert all(np.array_equal(found[name], again[name]) for name in SPLITS)


def test_a_preview_shows_the_group(pets: Path, hubpress: Command) -> None:
    """What a record stays together with is seen before anything is split."""
    (pets / "notes.csv").write_text(as_csv(notes_of({"p0": 2, "p1": 9})), encoding="utf-8")
    patch(pets, {"data": {"source": "notes.csv", "split": {"group": "patient"}}})
    ran = hubpress("data", "pets", "--models", pets.parent, "--preview")
    assert [line for line in ran.out.splitlines() if "group" in line] == ["  group: p0", "  group: p0", "  group: p1"]


def test_a_list_is_no_group(pets: Path, refused: Callable[..., None]) -> None:
    """Records of two authors would belong to the groups of both."""
    records = [{**row, "patient": [row["patient"]]} for row in notes_of({"p0": 2, "p1": 9})]
    (pets / "notes.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in records), encoding="utf-8")
    patch(pets, {"data": {"source": "notes.jsonl", "split": {"group": "patient"}}})
    refused(
        1,
        ["data.split.group 'patient': holds ['p0'] in row 1 of {file}; a group is one value."],
        file=str(pets / "notes.jsonl"),
    )


def test_one_number_written_twice_is_no_two_groups(pets: Path, refused: Callable[..., None]) -> None:
    """As a column of whole numbers comes out of two programs: 7 and 7.0."""
    notes = [{**note, "patient": number % 9} for number, note in enumerate(notes_of({"7": 30}))]
    notes[7]["patient"] = 7.0
    (pets / "notes.csv").write_text(as_csv(notes), encoding="utf-8")
    patch(pets, {"data": {"source": "notes.csv", "split": {"group": "patient"}}})
    refused(1, ["data.split.group 'patient': holds '7' and '7.0', which are the same number."])
