"""The check of a staged model: a good folder gives nothing, and each fault gives its own sentence and no other."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from safetensors.numpy import save_file

from helpers.check import FAULTS, GOOD, append, assert_says, in_onnx, remeasure, restage, spoil
from hubpress.check.folder import check_folder, rules_for
from hubpress.check.kind import Kind
from hubpress.errors import HubpressError
from hubpress.layout import CARD, MANIFEST
from hubpress.manifest import Manifest


def test_good_folder(folder: Path) -> None:
    """A good folder has no problems, with its full manifest or without."""
    assert check_folder(folder) == []
    assert check_folder(folder, manifest=Manifest.of_folder(folder)) == []


def test_good_folder_is_as_its_manifest_says() -> None:
    """The committed sample is not older than its own manifest (else: python tests/samples/check/make_good.py)."""
    assert Manifest.load(GOOD / MANIFEST) == Manifest.of_folder(GOOD, leave_out=(CARD, MANIFEST))


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_fault(folder: Path, path: Path) -> None:
    """Each sample fault gives the sentences that its file expects, at their lines, and nothing else."""
    fault = yaml.safe_load(path.read_text(encoding="utf-8"))
    spoil(folder, fault["edits"])
    if MANIFEST not in {edit["file"] for edit in fault["edits"]}:
        restage(folder)
    assert_says(check_folder(folder), fault["says"])


def test_several_faults_are_all_shown_in_order(folder: Path) -> None:
    """All problems come at once: by file, and within the card by line."""
    spoil(folder, [
        {"file": CARD, "replace": "license: apache-2.0", "by": "license: nobody"},
        {"file": CARD, "replace": "score: 0.91", "by": "score: 9"},
        {"file": "config.json", "replace": '"2": "WWW"', "by": '"2": "LABEL_2"'},
        {"file": "tokenizer.json", "delete": True},
    ])  # fmt: skip
    restage(folder)
    problems = check_folder(folder)
    wheres = [problem.where for problem in problems]
    assert {"README.md:4", "README.md:40", "README.md:42", "config.json", "tokenizer.json"} <= set(wheres)
    assert wheres.index("README.md:4") < wheres.index("README.md:40") < wheres.index("config.json")
    assert check_folder(folder) == problems


def test_outer_manifest(folder: Path) -> None:
    """A folder that changed after its full manifest was written says which files are not those any more."""
    manifest = Manifest.of_folder(folder)
    append(CARD, "One more sentence.")(folder)
    (folder / "NOTES.md").write_text("New.\n", encoding="utf-8")
    (folder / "training.json").unlink()
    restage(folder)
    beside = "the manifest kept beside the folder"
    assert_says(
        check_folder(folder, manifest=manifest),
        [
            "README.md | bytes, but",
            f"NOTES.md | not listed in {beside}",
            f"training.json | missing, but {beside}",
            "manifest.json | bytes, but",
        ],
    )


def test_missing_folder(tmp_path: Path) -> None:
    """Only a folder that does not exist is an error."""
    with pytest.raises(HubpressError, match="no such folder"):
        check_folder(tmp_path / "nowhere")


def test_empty_folder(tmp_path: Path) -> None:
    """An empty folder is of no kind: it lacks a card, and whatever else was meant."""
    assert_says(check_folder(tmp_path), [". | The folder is empty", "README.md | The card is missing"])


def test_folder_of_zeros(folder: Path) -> None:
    """A folder of empty files, as a full disk leaves it, is described and not choked on."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    assert {problem.text for problem in check_folder(folder)} == {"The file is empty. Write it, or take it out."}


def test_checking_changes_nothing(folder: Path) -> None:
    """A check only reads."""
    before = Manifest.of_folder(folder)
    check_folder(folder)
    assert Manifest.of_folder(folder) == before


def test_token_classifier_is_checked_alike(folder: Path) -> None:
    """A token classifier needs no problem_type, and its widget may name entities without B- and I-."""
    names = {"ISCAS": "O", "VLDB": "B-Task", "WWW": "I-Task"}
    for name in (CARD, "config.json"):
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in names.items():
            text = text.replace(f'"{old}"', f'"{new}"').replace(f"label: {old}", "entity_group: Task")
        text = text.replace("text-classification", "token-classification").replace("ForSequence", "ForToken")
        (folder / name).write_text(text.replace('"problem_type": "single_label_classification",', ""), encoding="utf-8")
    restage(folder)
    assert check_folder(folder) == []


def test_ninety_megabytes_take_under_two_seconds(folder: Path) -> None:
    """The weights are hashed once and otherwise only looked at from the outside."""
    rows = 90_000_000 // 4 // 1000
    save_file({"a": np.zeros((rows, 1000), np.float32), "classifier.weight": np.zeros((3, 4), np.float32)},
              folder / "model.safetensors")  # fmt: skip
    (folder / "model.safetensors").chmod(0o644)
    remeasure(folder)
    restage(folder)
    manifest = Manifest.of_folder(folder)
    started = time.process_time()
    assert check_folder(folder, manifest=manifest) == []
    assert time.process_time() - started < 2  # it computes for a tenth of a second


def test_ninety_megabytes_of_onnx_take_under_two_seconds(folder: Path) -> None:
    """An ONNX file is read and checked without being run."""
    in_onnx(lambda model: model.graph.initializer.append(onnx.numpy_helper.from_array(
        np.zeros((22_500, 1000), np.float32), "embeddings")))(folder)  # fmt: skip
    remeasure(folder)
    restage(folder)
    started = time.process_time()
    assert check_folder(folder) == []
    assert time.process_time() - started < 2  # it computes for half a second


ODD_VALUES: tuple[Any, ...] = (None, True, 0, -1, 1e400, 10**400, "", "x", "\ud800", [], {}, [None], [[]], {"a": None})


def leaves(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a nested value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, (dict, list)):
        inner = list(value.items() if isinstance(value, dict) else enumerate(value))
    return [(value, key) for key, _ in inner] + [leaf for _, part in inner for leaf in leaves(part)]


@pytest.mark.parametrize("seed", range(4))
def test_odd_values_never_raise(folder: Path, seed: int) -> None:
    """Whatever stands in the front matter or the configurations, the answer is a list of problems."""
    chance = random.Random(seed)
    _, block, body = (folder / CARD).read_text(encoding="utf-8").split("---\n", 2)
    originals = {name: (folder / name).read_bytes() for name in ("config.json", "tokenizer_config.json", MANIFEST)}
    originals["evaluation.json"] = (folder / "evaluation.json").read_bytes()
    for _ in range(40):
        fields = yaml.safe_load(block)
        container, key = chance.choice(leaves(fields))
        container[key] = chance.choice([value for value in ODD_VALUES if value != "\ud800"])
        (folder / CARD).write_text(f"---\n{yaml.safe_dump(fields)}---\n{body}", encoding="utf-8")
        for name, original in originals.items():
            document = yaml.safe_load(original.decode().replace("\t", " "))
            container, key = chance.choice(leaves(document))
            container[key] = chance.choice(ODD_VALUES)
            (folder / name).write_text(json.dumps(document), encoding="utf-8")
        for problem in check_folder(folder):
            str(problem).encode()


@pytest.mark.parametrize("seed", range(4))
def test_torn_files_never_raise(folder: Path, seed: int) -> None:
    """Whatever bytes a file holds, the answer is a list of problems."""
    chance = random.Random(seed)
    originals = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    for _ in range(25):
        for path, original in originals.items():
            content = bytearray(original)
            start = chance.randrange(len(content))
            content[start : start + chance.randrange(8)] = chance.randbytes(chance.randrange(8))
            path.write_bytes(bytes(content[: chance.choice((None, start))]))
        for problem in check_folder(folder):
            str(problem).encode()


def test_every_rule_says_what_it_promises() -> None:
    """Every rule is asked once of a folder and has a docstring."""
    for rules in map(rules_for, Kind):
        assert len(set(rules)) == len(rules)
        assert all(rule.__doc__ for rule in rules)
