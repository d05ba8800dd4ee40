"""The ONNX files of the five reference models: what they answer, what is said of them, and which one the Space uses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Ran, Release
from space_helpers import FP32, INT8, export_onnx
from test_models import FIVE, facts

pytestmark = pytest.mark.slow


def session(path: Path) -> Any:
    """Return an ONNX Runtime session of a file."""
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("model", FIVE)
def test_fp32_answers_as_torch(released_all: Release, model: str) -> None:
    """Logits agree for short and long texts, one and several at once, with padding and without."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

    repo = released_all.build / model / "repo"
    auto = AutoModelForTokenClassification if model == "scierc-entities" else AutoModelForSequenceClassification
    weights, tokenizer = auto.from_pretrained(repo).eval(), AutoTokenizer.from_pretrained(repo)
    opened = session(repo / FP32)
    words = "deep networks route queries over large graphs and images with noise".split()  # noqa: SIM905
    for length in (3, 9, 64):
        for rows in (1, 2, 7):
            texts = [" ".join((words * 9)[start:]) for start in range(rows - 1)] + ["short"]
            encoded = tokenizer(texts, truncation=True, max_length=length, padding=True, return_tensors="pt")
            with torch.inference_mode():
                expected = weights(**encoded).logits.numpy()
            names = [entry.name for entry in opened.get_inputs()]
            [found] = opened.run(None, {name: encoded[name].numpy() for name in names})
            read = encoded["attention_mask"].numpy().astype(bool) if expected.ndim == 3 else slice(None)
            assert found.shape == expected.shape
            assert np.abs(found[read] - expected[read]).max() < 1e-4


@pytest.mark.parametrize("model", FIVE)
def test_files_hold_no_path_of_this_machine(released_all: Release, model: str) -> None:
    """The exporter's stacks are gone, from fp32 and int8; int8 is the smaller one."""
    repo = released_all.build / model / "repo"
    for name in (FP32, INT8):
        content = (repo / name).read_bytes()
        assert not any(
            mark in content for mark in (b"site-packages", b".py:", b'.py"', str(Path.home()).encode() + b"/")
        )
    assert (repo / INT8).stat().st_size < 0.5 * (repo / FP32).stat().st_size


@pytest.mark.parametrize("model", FIVE)
def test_card_shows_both_with_sizes(released_all: Release, model: str) -> None:
    """The card's table has each file with its size and its main metric on test, as evaluation.json has them."""
    evaluation = facts(released_all, model, "evaluation.json")
    onnx, main = evaluation["onnx"], evaluation["main_metric"]
    card = (released_all.build / model / "repo" / "README.md").read_text(encoding="utf-8")
    for file in onnx["files"]:
        row = next(line for line in card.splitlines() if line.startswith(f"| `{file['path']}`"))
        assert f"{(released_all.build / model / 'repo' / file['path']).stat().st_size / 1e6:,.1f} MB" in row
        assert f"| {file['metrics'][main]:.3f} |" in row
    assert onnx["loss"] == pytest.approx(onnx["files"][0]["metrics"][main] - onnx["files"][2]["metrics"][main])
    assert onnx["used"] == (INT8 if onnx["loss"] <= onnx["allowed_loss"] else FP32)


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


@pytest.mark.parametrize(("allowed", "used"), [("1", INT8), ("0", FP32)])
def test_recipe_says_what_int8_may_lose(
    hubpress: Callable[..., Ran], tiny: list[str], released_all: Release, tmp_path: Path, allowed: str, used: str
) -> None:
    """The Space answers from the int8 file only within the allowed loss, and card and Space say which it is."""
    losing = [model for model in FIVE if facts(released_all, model, "evaluation.json")["onnx"]["loss"] > 0]
    assert losing, "no tiny model loses anything: choose another seed"
    model = losing[0]
    shutil.copytree(released_all.build / model, tmp_path / model)
    words = ["--build-dir", tmp_path, "--quiet", *tiny, "--set", f"onnx.allowed_loss={allowed}.0"]
    ran = hubpress("space", model, *words, "--models", released_all.models)
    assert ran.code == 0, ran.err
    assert json.loads((tmp_path / model / "space" / "space.json").read_text(encoding="utf-8"))["onnx"] == used
    card = (tmp_path / model / "repo" / "README.md").read_text(encoding="utf-8")
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


@pytest.mark.parametrize("kind", ["modernbert", "distilbert"])
def test_other_architectures_are_exported(tiny_base: Path, tmp_path: Path, kind: str) -> None:
    """ModernBERT, read beyond its local attention; DistilBERT, which does not read all that its tokenizer gives."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base, model_max_length=120)
    small = {
        "modernbert": {"hidden_size": 64, "intermediate_size": 64, "local_attention": 16, "num_attention_heads": 2},
        "distilbert": {"dim": 64, "hidden_dim": 64, "n_heads": 2},
    }
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind, vocab_size=len(tokenizer), pad_token_id=0, initializer_range=0.2, num_hidden_layers=3, **small[kind]
    )
    model = AutoModelForSequenceClassification.from_config(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    export_onnx(tmp_path, "text-classification")
    opened = session(tmp_path / FP32)
    encoded = tokenizer(["query " * 200, "cache"], truncation=True, padding=True, return_tensors="pt")
    names = [entry.name for entry in opened.get_inputs()]
    with torch.inference_mode():
        expected = model(**{name: encoded[name] for name in names}).logits.numpy()
    [found] = opened.run(None, {name: encoded[name].numpy() for name in names})
    assert np.abs(found - expected).max() < 1e-4
    assert ("token_type_ids" in encoded) > ("token_type_ids" in names)
