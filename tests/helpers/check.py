"""Faults as files: how they are put into a folder that was good, and how what is said of them is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import yaml

from helpers.paths import SAMPLES
from hubpress.check.problem import Problem
from hubpress.files import read_json, write_json
from hubpress.layout import CARD, EVALUATION, MANIFEST, ONNX
from hubpress.manifest import Manifest


def spoil(folder: Path, edits: list[dict[str, Any]]) -> None:
    """Carry out the edits of a fault's file: replace a text (which must be there), write a file, or delete one."""
    for edit in edits:
        path = folder / edit["file"]
        if edit.get("delete"):
            path.unlink()
        elif "replace" in edit:
            text = path.read_text(encoding="utf-8")
            assert edit["replace"] in text, f"{edit['replace']!r} is not in {path.name} of the good folder"
            path.write_text(text.replace(edit["replace"], edit["by"], 1), encoding="utf-8")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(edit["text"], encoding="utf-8")


def assert_says(problems: list[Problem], expected: list[str]) -> None:
    """Each expected "where | words" is one problem, and there is no other."""
    found = [str(problem) for problem in problems]
    left = list(problems)
    for line in expected:
        where, words = line.split(" | ")
        match = next((problem for problem in left if problem.where == where and words in problem.text), None)
        assert match, f"no problem says {line!r} among {found}"
        left.remove(match)
    assert not left, f"not expected: {[str(problem) for problem in left]}"


def restage(folder: Path) -> None:
    """Write manifest.json anew, as staging would after whatever the test did."""
    Manifest.of_folder(folder, leave_out=(CARD, MANIFEST)).save(folder / MANIFEST)


def remeasure(folder: Path) -> None:
    """Write the sizes that evaluation.json states anew, as evaluating would after whatever the test did."""
    evaluation = read_json(folder / EVALUATION)
    for entry in evaluation["onnx"]["files"]:
        if (folder / entry["path"]).exists():
            entry["bytes"] = (folder / entry["path"]).stat().st_size
    write_json(folder / EVALUATION, evaluation)


def _is_of_the_card(fault: Path) -> bool:
    says: list[str] = yaml.safe_load(fault.read_text(encoding="utf-8"))["says"]
    return says[0].startswith(CARD)


GOOD = SAMPLES / "check" / "good"
_FAULTS = sorted((SAMPLES / "check" / "faults").glob("*.yaml"))
README_FAULTS = [path for path in _FAULTS if _is_of_the_card(path)]
FAULTS = [path for path in _FAULTS if path not in README_FAULTS]


def append(name: str, text: str) -> Callable[[Path], object]:
    """Return what writes a line below the text of a staged file."""

    def make(folder: Path) -> None:
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(f"{old}{text}\n", encoding="utf-8")

    return make


def in_onnx(change: Callable[[Any], object], name: str = ONNX) -> Callable[[Path], object]:
    """Return what changes the graph of a staged ONNX file."""

    def make(folder: Path) -> None:
        model = onnx.load(str(folder / name))
        change(model)
        onnx.save(model, str(folder / name))

    return make
