"""Checkpoints that answer numbers, of texts and of pairs: taken where their outputs are the numbers, else refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from helpers.checkpoints import classifier, model_of, records
from hubpress import HubpressError, Job, load_recipe, run_stages

PAIRS = [{"text": row["text"], "text_pair": f"It is a {row['kind']}."} for row in records()]


def models_with(folder: Path, checkpoint: Path, **data: Any) -> Path:
    """Write a model "pets" of a checkpoint that answers a number to each pair."""
    lines = [f'{{"text": "{one["text"]}", "other": "{one["text_pair"]}", "weight": {place / 4}}}\n'
             for place, one in enumerate(PAIRS)]  # fmt: skip
    data = {"source": "pairs.jsonl", "columns": {"target": "weight"}, "text_pair": "{{ other }}", **data}
    widget = [{"text": "It barks.", "text_pair": "It is a dog.", "example_title": "A dog"}]
    data["columns"] = {"label": None, **data["columns"]}
    models = model_of(folder, checkpoint, task="regression", onnx={"export": False}, data=data, widget=widget)
    (models / "pets" / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    return models


def taken(models: Path, build: Path, last: str = "assemble") -> Path:
    job = Job.of(load_recipe("pets", models_dir=models), build_dir=build, quiet=True)
    run_stages(job, until=last)
    return job.repo


@pytest.mark.slow
def test_a_cross_encoder_with_one_output_is_taken(tiny_base: Path, tmp_path: Path) -> None:
    """Its scores of pairs are those of its own library; the number is called as the recipe's column."""
    from sentence_transformers import CrossEncoder

    encoder = CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Identity())
    encoder.save_pretrained(str(tmp_path / "checkpoint"))
    repo = taken(models_with(tmp_path / "models", tmp_path / "checkpoint"), tmp_path / "build")
    pipe = transformers.pipeline("text-classification", model=str(repo), truncation=True)
    scores = encoder.predict([tuple(pair.values()) for pair in PAIRS])
    answers = pipe(PAIRS)
    assert [one["score"] for one in answers] == pytest.approx(scores.tolist(), abs=1e-6)
    assert {one["label"] for one in answers} == {"weight"}


def test_what_is_no_number_for_certain_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    """An output that sentence-transformers squeezes, outputs of which nothing is said, and those of a classifier."""
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Sigmoid()).save_pretrained(str(tmp_path / "one"))
    for name, settings in (("two", {}), ("three", {"problem_type": "single_label_classification"})):
        model, tokenizer = classifier(tiny_base, ("dog", "cat"), **settings)
        model.save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    for name, says in (
        ("one", r"applies Sigmoid to its output.*Identity\(\), and name that folder.* rank texts as before"),
        ("two", "does not say that its 2 outputs are numbers"),
        ("three", "was trained as single_label_classification"),
    ):
        with pytest.raises(HubpressError, match=says):
            taken(models_with(tmp_path / f"models-{name}", tmp_path / name), tmp_path / "build", "data")
    with pytest.raises(HubpressError, match=r"has 2 numbers, age and weight, but the trained model answers 1"):
        models = models_with(tmp_path / "models-both", tmp_path / "one", columns={"target_columns": ["age", "weight"]})
        config = tmp_path / "one" / "config_sentence_transformers.json"
        config.write_text(config.read_text(encoding="utf-8").replace("Sigmoid", "Identity"), encoding="utf-8")
        taken(models, tmp_path / "build", "data")
