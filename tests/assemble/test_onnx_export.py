"""The exported ONNX files: they answer as torch does, hold no path, and stand on the card with their sizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.release import FIVE, Release, facts
from helpers.space import FP32, INT8, export_onnx, session

pytestmark = pytest.mark.slow


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
    """The report's table has each file with its size and its main metric on test, as evaluation.json has them."""
    evaluation = facts(released_all, model, "evaluation.json")
    onnx, main = evaluation["onnx"], evaluation["main_metric"]
    report = (released_all.build / model / "repo" / "REPORT.md").read_text(encoding="utf-8")
    lines = report.partition("## ONNX files")[2].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in lines if line.startswith("|")]
    sizes = [(released_all.build / model / "repo" / file["path"]).stat().st_size for file in onnx["files"]]
    assert [f"{size / 1e6:,.1f} MB" for size in sizes] in rows
    assert [f"{file['metrics'][main]:.3f}" for file in onnx["files"]] in rows
    assert onnx["loss"] == pytest.approx(onnx["files"][0]["metrics"][main] - onnx["files"][2]["metrics"][main])
    assert onnx["used"] == (INT8 if onnx["loss"] <= onnx["allowed_loss"] else FP32)


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
