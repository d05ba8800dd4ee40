"""Checkpoints that are surer of themselves than they are right, and recipes that release them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from helpers.checkpoints import classifier, model_of
from helpers.paths import TITLES

CONFERENCES = ("VLDB", "ISCAS", "SIGGRAPH", "INFOCOM", "WWW")
_SHARPER = 4.0


def titles() -> list[tuple[str, str]]:
    """Return the sample titles with their conferences."""
    with TITLES.open(encoding="utf-8", newline="") as stream:
        return [(row["Title"], row["Conference"]) for row in csv.DictReader(stream)]


def save_overconfident(
    base: Path, folder: Path, labels: Sequence[str] = CONFERENCES, *, dtype: torch.dtype = torch.float32, **more: Any
) -> Path:
    """Save a model of the titles that has learnt a little, and whose logits are four times what it has learnt.

    A conference that is none of the *labels* counts as the first of them.
    """
    model, tokenizer = classifier(base, labels, **{"problem_type": "single_label_classification", **more})
    some = titles()[::2]
    batch = tokenizer([title for title, _ in some], padding=True, truncation=True, return_tensors="pt")
    targets = torch.tensor([labels.index(one) if one in labels else 0 for _, one in some])
    several = model.config.problem_type == "multi_label_classification"
    wanted = torch.nn.functional.one_hot(targets, len(labels)).float() if several else targets
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(12):
        model(**batch, labels=wanted).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        for part in model.classifier.parameters():
            part *= _SHARPER
    model.eval().to(dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def model_of_titles(folder: Path, checkpoint: Path, **changes: Any) -> Path:
    """Write a models folder with the model "pets", which reads the titles; return it."""
    data = {
        "source": "titles.csv",
        "columns": {"label": "Conference"},
        "input_template": "{{ Title }}",
        "split": {"method": "random", "test_size": 0.4, "validation_size": 0.6, "seed": 1},
    }
    widget = [{"text": title, "example_title": f"Title {number}"} for number, (title, _) in enumerate(titles()[:6])]
    settings = {"data": data, "widget": widget, "onnx": {"export": False}, **changes}
    settings["data"] = {**data, **changes.get("data", {})}
    models = model_of(folder, checkpoint, **settings)
    (models / "pets" / "titles.csv").write_bytes(TITLES.read_bytes())
    return models
