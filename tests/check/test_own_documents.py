"""The documents that hubpress writes, checked by their schemas: what is said of a foreign or torn one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.paths import SAMPLES
from hubpress.check.folder import check_folder
from hubpress.layout import EVALUATION, TRAINING

GOOD = SAMPLES / "check" / "good"


def said(folder: Path, name: str) -> list[str]:
    """Return what is said of one file, but for its size in manifest.json."""
    return [each.text for each in check_folder(folder) if each.where == name and "manifest.json" not in each.text]


def changed(tmp_path: Path, name: str, change: Callable[[Any], Any]) -> list[str]:
    """Return what is said of one of the good folder's documents after a change."""
    folder = Path(shutil.copytree(GOOD, tmp_path / "repo"))
    document = json.loads((folder / name).read_text(encoding="utf-8"))
    change(document)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return said(folder, name)


def foreign(document: dict[str, Any]) -> None:
    document.clear()
    document.update(eval_loss=0.31, accuracy=0.9)


def test_a_foreign_evaluation_is_told_apart(tmp_path: Path) -> None:
    """A file of this name by another program: its keys are not ours, and ours are listed once."""
    mine, other, onnx, missing = changed(tmp_path, EVALUATION, foreign)
    assert mine.startswith("'accuracy' is not a key") and other.startswith("'eval_loss' is not a key")
    assert onnx.startswith("It has no `onnx`")
    assert missing.startswith("`metrics`, `intervals`, ") and missing.endswith("are missing. Evaluate the model again.")


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (EVALUATION, lambda d: d["metrics"].update(accuracy=None),
         "`metrics.accuracy` is None, but it should be a valid number. Evaluate the model again."),
        (EVALUATION, lambda d: d["widget"][0]["output"][0].pop("label"),
         "`widget[0].output` is [{'score': 0.91}, {'label': 'WWW', 'score': 0.06}], "
         "but it should have one of the forms that hubpress writes. Evaluate the model again."),
        (EVALUATION, lambda d: d.update(schema_version=2),
         "`schema_version` is 2, but it should be 1. Evaluate the model again."),
        (EVALUATION, lambda d: d["sample"].update(is_smaple=d["sample"].pop("is_sample")),
         "'sample.is_smaple' is not a key that hubpress writes. Write `sample.is_sample`."),
        (TRAINING, lambda d: d["epochs"][1].pop("step"), "`epochs[1].step` is missing. Train the model again."),
        (TRAINING, lambda d: d.update(parameters=2.5),
         "`parameters` is 2.5, but it should be a valid integer. Train the model again."),
    ],
    ids=["null", "neither-form", "newer", "misspelt", "missing", "fraction"],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(tmp_path: Path, name: str, change: Callable[[Any], Any], says: str) -> None:
    """One fault, one sentence: the way to the value, what is there, what should be, and what to do."""
    assert changed(tmp_path, name, change) == [says]


def test_a_list_is_no_document(tmp_path: Path) -> None:
    """JSON that is no object is described, and nothing else is said of it."""
    folder = Path(shutil.copytree(GOOD, tmp_path / "repo"))
    (folder / EVALUATION).write_text("[]", encoding="utf-8")
    assert said(folder, EVALUATION) == ["It is not an object. Evaluate the model again."]


def test_many_faults_are_counted(tmp_path: Path) -> None:
    """Of 4,000 classes without a score ten say it."""

    def change(document: dict[str, Any]) -> None:
        document["per_class"] = [{**document["per_class"][0], "f1": None} for _ in range(4000)]

    rest, *ten = changed(tmp_path, EVALUATION, change)
    assert len(ten) == 10 and {text.partition("]")[2] for text in ten} == {
        ".f1` is None, but it should be a valid number. Evaluate the model again."
    }
    assert rest == "It has 3,990 more faults of this kind. Evaluate the model again."
