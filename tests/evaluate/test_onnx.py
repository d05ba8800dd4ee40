"""What the ONNX files are worth, and which one the Space uses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.processes import Ran
from helpers.release import Release, facts
from helpers.space import FP32, INT8, session

pytestmark = pytest.mark.slow


def test_int8_figures_are_those_of_the_file(released_all: Release) -> None:
    """Accuracy of the titles, counted here by ONNX Runtime alone, text by text."""
    from datasets import load_from_disk
    from transformers import AutoTokenizer

    repo = released_all.build / "conference-titles" / "repo"
    tokenizer, opened = AutoTokenizer.from_pretrained(repo), session(repo / INT8)
    names = [entry.name for entry in opened.get_inputs()]
    data = load_from_disk(str(released_all.build / "conference-titles" / "data" / "test"))
    right = 0
    for row in data:
        encoded = tokenizer(row["text"], truncation=True, return_tensors="np")
        right += int(opened.run(None, {name: encoded[name] for name in names})[0].argmax()) == row["label"]
    files = facts(released_all, "conference-titles", "evaluation.json")["onnx"]["files"]
    assert files[2]["metrics"]["accuracy"] == pytest.approx(right / len(data))


def test_recipe_says_what_int8_may_lose(hubpress: Callable[..., Ran], tiny: list[str], tmp_path: Path) -> None:
    """The Space answers from the int8 file only within the allowed loss, and card and Space say which it is."""
    words = ["--build-dir", tmp_path, "--quiet", *tiny, "--set", "training.seed=1"]  # by which int8 loses something
    folder = tmp_path / "conference-titles"
    for allowed, used in (("1.0", INT8), ("0.0", FP32)):
        ran = hubpress("space", "conference-titles", *words, "--set", f"onnx.allowed_loss={allowed}")
        assert ran.code == 0, ran.err
        loss = json.loads((folder / "repo" / "evaluation.json").read_text(encoding="utf-8"))["onnx"]["loss"]
        assert loss > 0, "choose another seed"
        assert json.loads((folder / "space" / "space.json").read_text(encoding="utf-8"))["onnx"] == used
        card = (folder / "repo" / "README.md").read_text(encoding="utf-8")
        assert (f"answers from `{FP32}`" in " ".join(card.split())) is (used == FP32)


def test_no_onnx_and_no_space(hubpress: Callable[..., Ran], quick: list[str], released: Path, tmp_path: Path) -> None:
    """A recipe may do without: the files of an earlier release go, and so does the Space."""
    build = shutil.copytree(released, tmp_path / "build")
    ran = hubpress("check", "conference-titles", "--build-dir", build, "--quiet", *quick)
    assert ran.code == 0, ran.err
    folder = build / "conference-titles"
    assert not (folder / "repo" / "onnx").exists()
    assert not (folder / "space").exists()
    assert "ONNX" not in (folder / "repo" / "README.md").read_text(encoding="utf-8")
    refused = hubpress("space", "conference-titles", "--build-dir", build, "--quiet", *quick)
    assert (refused.code, "Traceback" in refused.err) == (1, False)
    assert "the recipe wants no Space" in refused.err
