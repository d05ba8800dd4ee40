"""``hubpress data NAME --preview``: the first records as they are read, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.faults import patch
from helpers.processes import Command


def test_a_preview_shows_records_and_writes_nothing(hubpress: Command, pets: Path, tmp_path: Path) -> None:
    """Three records where nothing else is said, each with its place, text and label; no folder is made."""
    options = ["--models", pets.parent, "--build-dir", tmp_path / "build"]
    ran = hubpress("data", "pets", *options, "--preview")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[::3] == [f"row {row} of records.csv" for row in (1, 2, 3)]
    assert not (tmp_path / "build").exists()


def test_a_preview_as_json_with_published_names_and_given_splits(hubpress: Command, pets: Path) -> None:
    """As many records as are asked for of each split, with the labels as they are published."""
    for name in ("train", "test"):
        (pets / f"{name}.csv").write_text("text,kind\n" + f"A {name} barks\tloudly,d\n" * 3, encoding="utf-8")
    changes: dict[str, Any] = {
        "source": ".",
        "files": {"train": "train.csv", "test": "test.csv"},
        "split": {"method": "given"},
    }
    changes["split"] |= dict.fromkeys(("test_size", "validation_size", "seed"))
    patch(pets, {"data": {**changes, "labels": None, "label_names": {"d": "dog", "c": "cat"}}})
    ran = hubpress("data", "pets", "--models", pets.parent, "--rows", "2", "--json")
    records = json.loads(ran.out)["pets"]["records"]
    assert [(one["split"], one["row"], one["labels"]) for one in records] == [
        *(("train", row, ["dog"]) for row in (1, 2)),
        *(("test", row, ["dog"]) for row in (1, 2)),
    ]
    assert records[0]["text"] == "A train barks\tloudly"


def test_a_preview_says_what_is_not_there(pets: Path, hubpress: Command) -> None:
    """A record without a label is shown as such; a file without records is refused."""
    (pets / "some.jsonl").write_text('{"text": "Rex barks", "kind": null}\n', encoding="utf-8")
    (pets / "none.csv").write_text("text,kind\n", encoding="utf-8")
    patch(pets, {"data": {"source": "some.jsonl"}})
    ran = hubpress("data", "pets", "--models", pets.parent, "--preview")
    assert (ran.code, ran.out.splitlines()[2]) == (0, "  label: none, which is refused when all records are read")
    patch(pets, {"data": {"source": "none.csv"}})
    ran = hubpress("data", "pets", "--models", pets.parent, "--preview")
    assert (ran.code, "none.csv: holds no records." in ran.err) == (1, True)
