"""The ways in which people save their models: each is taken, and answers as plain transformers code has it answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoTokenizer

from helpers.checkpoints import LABELS, classifier, model_of
from hubpress import Job, load_recipe, run_stages
from hubpress.schemas.training import TrainedFacts

pytestmark = pytest.mark.slow
TEXTS = ["It barks at the postman.", "It purrs on the sofa and it chases a mouse."]


def _sharded(model: Any, folder: Path) -> None:
    model.save_pretrained(folder, max_shard_size="100KB")
    assert (folder / "model.safetensors.index.json").is_file()


def _pickled(model: Any, folder: Path) -> None:
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")


def _own_loop(model: Any, folder: Path) -> None:
    """DataParallel's names, in a dictionary beside the optimizer's state; the config says nothing of the head."""
    model.config.save_pretrained(folder)
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters()).state_dict()
    torch.save({"model_state_dict": state, "optimizer_state_dict": optimizer, "epoch": 3}, folder / "best.pt")


def _half(model: Any, folder: Path) -> None:
    model.to(torch.bfloat16).save_pretrained(folder)


LAYOUTS: dict[str, Callable[[Any, Path], None]] = {
    "sharded": _sharded,
    "pytorch_model.bin": _pickled,
    "a state_dict of an own loop": _own_loop,
    "bfloat16": _half,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_taken_and_answers_alike(layout: str, tiny_base: Path, tmp_path: Path) -> None:
    """Whatever file the weights are in, they are published as safetensors and give the scores of the loaded model."""
    model, tokenizer = classifier(tiny_base)
    LAYOUTS[layout](model, tmp_path / "checkpoint")
    tokenizer.save_pretrained(tmp_path / "checkpoint")
    repo = _taken(model_of(tmp_path / "models", tmp_path / "checkpoint", onnx={"export": False}), tmp_path)
    pipe = transformers.pipeline("text-classification", model=str(repo), top_k=None)
    assert pipe.model.dtype == model.dtype
    for answer, scores in zip(pipe(TEXTS), _scores(model, tokenizer), strict=True):
        assert {one["label"]: one["score"] for one in answer} == pytest.approx(scores, abs=1e-6)
    facts = TrainedFacts.load(repo / "training.json")
    assert facts.dtype == str(model.dtype).removeprefix("torch.")
    assert "with which hyperparameters it was trained" in facts.unknown


def test_a_cross_encoder_of_sentence_transformers_is_taken(tiny_base: Path, tmp_path: Path) -> None:
    """CrossEncoder's folder is a stock classifier beside files of its own; the names of its labels are the recipe's."""
    from sentence_transformers import CrossEncoder

    encoder = CrossEncoder(str(tiny_base), num_labels=2)
    encoder.save_pretrained(str(tmp_path / "checkpoint"))
    names = {"labels": list(LABELS)}
    models = model_of(tmp_path / "models", tmp_path / "checkpoint", onnx={"export": False}, data=names)
    pipe = transformers.pipeline("text-classification", model=str(_taken(models, tmp_path)), top_k=None)
    for answer, scores in zip(pipe(TEXTS), _scores(encoder.model, encoder.tokenizer), strict=True):
        assert {one["label"]: one["score"] for one in answer} == pytest.approx(scores, abs=1e-6)


def test_the_labels_of_the_model_are_the_order(tiny_base: Path, tmp_path: Path) -> None:
    """Without a list in the recipe, names and order are those of id2label, also of a label that no record has."""
    model, tokenizer = classifier(tiny_base, ("dog", "bird", "cat"))
    model.save_pretrained(tmp_path / "checkpoint")
    tokenizer.save_pretrained(tmp_path / "checkpoint")
    repo = _taken(model_of(tmp_path / "models", tmp_path / "checkpoint", onnx={"export": False}), tmp_path)
    assert transformers.AutoConfig.from_pretrained(repo).id2label == {0: "dog", 1: "bird", 2: "cat"}


def test_tags_in_another_order_answer_alike(tiny_base: Path, tmp_path: Path) -> None:
    """A token model whose tags stand otherwise than O, B-, I- has its head's rows moved, and finds what it found."""
    tags = ["B-PET", "I-PET", "B-TOY", "I-TOY", "O"]
    config = transformers.AutoConfig.from_pretrained(tiny_base, id2label=dict(enumerate(tags)))
    config.label2id, config.initializer_range = {tag: number for number, tag in enumerate(tags)}, 0.4
    torch.manual_seed(5)
    model = transformers.AutoModelForTokenClassification.from_pretrained(tiny_base, config=config)
    checkpoint = tmp_path / "checkpoint"
    model.save_pretrained(checkpoint)
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(checkpoint)
    models = model_of(tmp_path / "models", checkpoint, task="token", onnx={"export": False})
    lines = [f"The O\nbig O\n{pet} B-PET\nsleeps O\n\n" for pet in ("dog", "cat", "bird", "fox")]
    (models / "pets" / "records.conll").write_text("".join(lines * 10), encoding="utf-8")
    recipe = models / "pets" / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8")
    start, end = text.index("data:"), text.index("card:")
    data = "data:\n  source: records.conll\n  duplicates: keep\n  split: {method: random, seed: 1}\n"
    recipe.write_text(text[:start] + data + text[end:], encoding="utf-8")
    repo = _taken(models, tmp_path)
    ours, theirs = (transformers.pipeline("token-classification", model=str(path)) for path in (repo, checkpoint))
    assert ours.model.config.id2label[0] == "O"
    for text in TEXTS:
        found, expected = ours(text), theirs(text)
        assert [(one["entity"], one["start"]) for one in found] == [(one["entity"], one["start"]) for one in expected]
        assert [one["score"] for one in found] == pytest.approx([one["score"] for one in expected], abs=1e-6)


def _taken(models: Path, folder: Path) -> Path:
    """Take the model "pets" over, and return the folder that is staged."""
    job = Job.of(load_recipe("pets", models_dir=models), build_dir=folder / "build", quiet=True)
    run_stages(job, until="assemble")
    return job.repo


def _scores(model: Any, tokenizer: Any) -> list[dict[str, float]]:
    found = []
    for text in TEXTS:
        with torch.inference_mode():
            row = model.eval()(**tokenizer(text, return_tensors="pt")).logits[0].float().softmax(-1)
        found.append(dict(zip(LABELS, row.tolist(), strict=True)))
    return found
