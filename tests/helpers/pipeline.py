"""Tiny models with a decision, and the code of models/pipelines beside their weights."""

from __future__ import annotations

import importlib.util
import random
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, TextClassificationPipeline

from helpers.paths import ROOT
from hubpress.recipe.kinds import CUSTOM_PIPELINES

PIPELINES = ROOT / "models" / "pipelines"
TEMPLATE = "title={{ title }}, container_title={{ container_title }}, abstract={{ abstract }}"
SUBJECTS = tuple(f"Subject {number:03d}" for number in range(307))
AREAS = {name: f"Area {number % 26:02d}" for number, name in enumerate(SUBJECTS)}
THRESHOLD = 0.9
WORDS = (
    "query",
    "streaming",
    "cache",
    "wireless",
    "amplifier",
    "search",
    "rendering",
    "index",
    "network",
    "circuits",
    "graphics",
    "data",
    "web",
)


def custom(task: str, impl: str) -> dict[str, Any]:
    """Return ``custom_pipelines`` of a config.json."""
    return {task: {"impl": impl, "pt": ["AutoModelForSequenceClassification"]}}


def save_model(folder: Path, base: Path, labels: tuple[str, ...], code: tuple[str, ...], **settings: Any) -> Path:
    """Save a random BERT, sure enough of itself that its scores differ, with *settings* in its config."""
    tokenizer = AutoTokenizer.from_pretrained(str(base))
    torch.manual_seed(1)
    config = BertConfig.from_pretrained(
        str(base),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        initializer_range=0.5,
    )
    config.update(settings)
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for name in code:
        shutil.copy(PIPELINES / name, folder / name)
    return folder


def texts(count: int) -> list[str]:
    """Return texts of 1 to 200 words, in no order."""
    draw = random.Random(7)
    return [" ".join(draw.choices(WORDS, k=draw.choice((1, 3, 8, 30, 200)))) for _ in range(count)]


def load(name: str) -> ModuleType:
    """Import a file of models/pipelines that stands alone."""
    spec = importlib.util.spec_from_file_location(f"pipelines_{name}", PIPELINES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


class ASJCMultiLabelPipeline(TextClassificationPipeline):
    """The class of the ASJC reference's card, word for word."""

    def __init__(self, *args, **kwargs):
        # Allow threshold override; default falls back to model config
        self.threshold = kwargs.pop("threshold", None)
        super().__init__(*args, **kwargs)
        if self.threshold is None:
            self.threshold = getattr(self.model.config, "threshold", 0.3)

    def postprocess(self, model_outputs, **kwargs):
        # Convert logits to probabilities using sigmoid
        scores = torch.sigmoid(torch.tensor(model_outputs["logits"])).tolist()
        results = []
        for i, score in enumerate(scores[0]):
            if score >= self.threshold:
                label = self.model.config.id2label[(i)]
                results.append({"label": label, "score": float(score)})
        # Sort by descending score
        results = sorted(results, key=lambda x: x["score"], reverse=True)
        return results  # noqa: RET504


RECORD = {"title": "Streaming search", "container_title": "Web data", "abstract": "A cache for the network."}
TEXT = "title=Streaming search, container_title=Web data, abstract=A cache for the network."


def by_label(answer: list[dict[str, Any]]) -> dict[str, float]:
    return {entry["label"]: entry["score"] for entry in answer}


def near(answer: list[dict[str, Any]]) -> Any:
    """The same labels, and scores within 1e-5."""
    return pytest.approx(by_label(answer), abs=1e-5, rel=0)


def save_subjects(folder: Path, base: Path) -> Path:
    """Save a multi-label model of 307 subjects under 26 areas, which reads three fields, as it is published."""
    kind = CUSTOM_PIPELINES["multi-label"]
    return save_model(
        folder,
        base,
        SUBJECTS,
        kind.files,
        problem_type="multi_label_classification",
        input_template=TEMPLATE,
        decision={"rule": "threshold", "threshold": THRESHOLD},
        threshold=THRESHOLD,
        parents=AREAS,
        custom_pipelines=custom("multi-label-threshold", kind.impl),
    )
