"""The figure of a token model is what ``pipeline()`` gives on the records' own texts, in every script."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.faults import GOOD
from helpers.paths import SAMPLES
from helpers.tokenizers import KINDS
from hubpress.data.stored import load_split
from hubpress.recipe.load import load_recipe
from hubpress.release.api import evaluate_model
from hubpress.schemas.evaluation import Evaluation

RECORDS = SAMPLES / "entities"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Tokenizer does not support real words")
@pytest.mark.parametrize(
    ("language", "kind"),
    [
        ("zh", "word pieces"),
        ("hi", "bytes"),
        ("th", "sentence pieces"),
        ("ar", "sentence pieces"),
        ("de", "word pieces"),
        ("en", "bytes"),
    ],
)
def test_the_card_says_what_the_pipeline_gives(language: str, kind: str, tmp_path: Path) -> None:
    """Trained on a few records, and scored here by another count than ours: exact borders and type."""
    from transformers import pipeline

    file = next(RECORDS.glob(f"{language}.*"))
    evaluation = _evaluated(file, kind, tmp_path)
    test, repo = load_split(tmp_path / "build" / "pets" / "data", "test"), tmp_path / "build" / "pets" / "repo"
    aggregation = evaluation.decision.aggregation
    assert aggregation is not None and not aggregation.has_spaces
    ask = pipeline("token-classification", model=str(repo), aggregation_strategy=aggregation.strategy)
    right = there = 0
    for text, true in _given(file, test):
        found = {(entity["start"], entity["end"], entity["entity_group"]) for entity in ask(text)}
        right, there = right + len(true & found), there + len(true) + len(found)
    assert evaluation.metrics["f1"] == pytest.approx(2 * right / there)
    assert evaluation.metrics["f1"] > 0.3
    assert evaluation.entities is not None and (evaluation.entities.words is not None) == (language in ("de", "en"))


def _evaluated(file: Path, kind: str, folder: Path) -> Evaluation:
    """Train a tiny model with a tokenizer of a kind on the records of a file; return its figures."""
    import torch
    from transformers import DistilBertConfig, DistilBertModel

    text = file.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()] if file.suffix == ".jsonl" else []
    texts = [row.get("text") or " ".join(row["tokens"]) for row in rows] or [text.replace("\t", " ").replace("\n", " ")]
    tokenizer = KINDS[kind](texts, folder / "base")
    torch.manual_seed(0)
    size = {"dim": 48, "hidden_dim": 64, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 64}
    DistilBertModel(DistilBertConfig(vocab_size=len(tokenizer), **size)).save_pretrained(folder / "base")
    recipe: dict[str, Any] = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
    del recipe["sample"]
    recipe |= {
        "task": "token", "language": [file.stem], "base_model": {"path": str(folder / "base")},
        "tokenizer": {"max_length": 64}, "onnx": {"export": False},
        "evaluation": {"bootstrap_samples": 100}, "widget": [{"text": texts[0], "example_title": "One"}],
        "training": {"num_train_epochs": 12, "learning_rate": 0.01, "per_device_train_batch_size": 4},
        "data": {"source": file.name, "split": {"method": "random", "test_size": 6, "validation_size": 4}},
    }  # fmt: skip
    if rows and "text" in rows[0]:
        recipe["data"]["columns"] = {"text": "text", "entities": "entities"}
    (folder / "models" / "pets").mkdir(parents=True)
    shutil.copy(file, folder / "models" / "pets")
    (folder / "models" / "pets" / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    loaded = load_recipe("pets", models_dir=folder / "models")
    return evaluate_model(loaded, build_dir=folder / "build", threads=1, quiet=True)


def _given(file: Path, test: Any) -> list[tuple[str, set[tuple[int, int, str]]]]:
    """Return the test records' texts and entities as the file has them; of tokens, whose text is lost, as restored."""
    lines = file.read_text(encoding="utf-8").splitlines()
    kind = "Method" if file.suffix == ".conll" else "PLACE"
    found = []
    for row in test:
        record = json.loads(lines[row["row"] - 1]) if file.suffix == ".jsonl" else {}
        if "text" in record:
            found.append((record["text"], {(one["start"], one["end"], one["label"]) for one in record["entities"]}))
        else:
            found.append((row["text"], {(start, end, kind) for start, end, _ in row["entities"]}))
    return found
