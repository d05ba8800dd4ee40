"""Checkpoints of people, made by the libraries that they use: tiny, and trained far enough to answer unlike chance."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from helpers.faults import GOOD
from hubpress.yaml12 import text_of

LABELS = ("dog", "cat")


def records() -> list[dict[str, str]]:
    """Return the records of the model "pets"."""
    with (GOOD / "records.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def classifier(base: Path, labels: Sequence[str] = LABELS, **settings: Any) -> tuple[Any, Any]:
    """Return a model of the tiny base with a head for *labels*, whose answers differ, and its tokenizer."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    torch.manual_seed(3)
    config = AutoConfig.from_pretrained(base, id2label=dict(enumerate(labels)), **settings)
    config.label2id = {label: number for number, label in enumerate(labels)}
    config.initializer_range = 0.4
    model = AutoModelForSequenceClassification.from_pretrained(base, config=config)
    return model, AutoTokenizer.from_pretrained(base)


def save_with_trainer(base: Path, folder: Path) -> Path:
    """Let Trainer train on the pets and leave its output folder: model, optimizer files, states; return it."""
    model, tokenizer = classifier(base)
    rows = [{**tokenizer(row["text"], truncation=True), "labels": LABELS.index(row["kind"])} for row in records()]
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), num_train_epochs=2, learning_rate=1e-3, per_device_train_batch_size=8, seed=7,
        eval_strategy="epoch", save_strategy="epoch", report_to="none", disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    trainer = transformers.Trainer(
        model, arguments, train_dataset=rows[:16], eval_dataset=rows[16:], processing_class=tokenizer
    )
    trainer.train()
    trainer.save_model()
    trainer.save_state()
    return folder


def model_of(folder: Path, checkpoint: Path | str, **changes: Any) -> Path:
    """Write a models folder with the model "pets" of a checkpoint that is trained already; return it."""
    from hubpress.yaml12 import parse_recipe

    shutil.copytree(GOOD, folder / "pets")
    recipe = dict(parse_recipe((GOOD / "recipe.yaml").read_text(encoding="utf-8")).value)
    for key in ("base_model", "training", "sample", "tokenizer"):
        recipe.pop(key)
    recipe["data"] = {key: value for key, value in recipe["data"].items() if key != "labels"}
    recipe |= {"trained": {"path": str(checkpoint)}, "evaluation": {"bootstrap_samples": 100}}
    for key, value in changes.items():
        recipe[key] = {**recipe.get(key, {}), **value} if isinstance(value, Mapping) else value
    recipe["data"]["columns"] = {key: column for key, column in recipe["data"]["columns"].items() if column}
    (folder / "pets" / "recipe.yaml").write_text(text_of(recipe), encoding="utf-8")
    return folder
