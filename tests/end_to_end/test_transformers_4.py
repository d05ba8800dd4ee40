"""What is published answers in transformers 4 as in 5, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.bases import TEXTS, save_base
from helpers.processes import SECONDS, unmeasured
from helpers.release import Release
from hubpress.assemble.folder import assemble
from hubpress.content import content_dir
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.inference.pipeline import load_pipeline
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.registry import task_of
from hubpress.train.base_model import load_base
from hubpress.train.checkpoints import save_model

pytestmark = pytest.mark.slow

LAST = ("transformers==4.57.3", "tokenizers==0.22.1", "huggingface-hub==0.36.0")
# Each has something that transformers 5 writes in a way of its own: a generic tokenizer, and layers of two kinds with
# other rotary positions; the same without layers; extra special tokens; plain ones.
ROPE = {
    "ModernBERT": {"full_attention": {"rope_theta": 9000.0}, "sliding_attention": {"rope_theta": 50.0}},
    "Llama": {"rope_theta": 50.0},
}
BASES = ("ModernBERT", "Llama", "CamemBERT", "T5", "BERT")
_ASK = """
import json, sys, warnings
warnings.simplefilter("ignore")
import transformers
transformers.utils.logging.set_verbosity_error()
answers = []
for folder, task, texts, options in json.load(sys.stdin):
    words = {"task": task} if task else {"trust_remote_code": True}
    pipe = transformers.pipeline(model=folder, **words)
    answers.append([pipe(text, **options) for text in texts])
print(json.dumps([transformers.__version__, answers], default=float))
"""
Question = tuple[str, str | None, tuple[str, ...], dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Question]], list[Any]]:
    """Return what asks pipeline() of the last transformers 4, which pip fetches; skipped where it cannot."""
    target = tmp_path_factory.mktemp("transformers-4")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(target)]
    done = subprocess.run([*pip, *LAST], capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"transformers 4 cannot be fetched: {done.stderr.strip().splitlines()[-1]}")

    def run(questions: list[Question]) -> list[Any]:
        ran = subprocess.run(
            [sys.executable, "-c", _ASK],
            input=json.dumps(questions),
            env={**unmeasured(), "PYTHONPATH": os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        version, answers = json.loads(ran.stdout.splitlines()[-1])
        assert version == "4.57.3"
        return list(answers)

    return run


def _answers(question: Question) -> list[Any]:
    """Return what the installed transformers answers, as JSON has it."""
    folder, task, texts, options = question
    pipe = load_pipeline(folder, task=task)
    return list(json.loads(json.dumps([pipe(text, **options) for text in texts], default=float)))


def _assert_same(found: Any, expected: Any) -> None:
    """Assert that two answers are the same, but for the last digits of scores."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            _assert_same(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _assert_same(one, other)
    else:
        assert found == (pytest.approx(expected, abs=1e-4) if isinstance(expected, float) else expected)


def _staged(recipe: Recipe, data: Path, folder: Path) -> Path:
    """Assemble the untrained model of a recipe, with weights that show where a text differs."""
    splits = SplitFacts.load(data / "data.json")
    base = load_base(recipe, task_of(recipe, splits), splits.labels)
    torch.manual_seed(0)
    for name, parameter in base.model.named_parameters():
        if "norm" not in name.lower():
            parameter.data.normal_(std=0.3)
    accelerator = types.SimpleNamespace(unwrap_model=lambda model: model)
    save_model(types.SimpleNamespace(accelerator=accelerator, model=base.model), base.tokenizer, folder / "model")
    assemble(recipe, folder / "model", data, folder / "repo")
    return folder / "repo"


def test_transformers_4_gives_the_same_answers(
    ask: Callable[[list[Question]], list[Any]], released_all: Release, tmp_path: Path
) -> None:
    """Releases with stock and custom pipelines, and models of bases that transformers 5 writes in its own way."""
    questions: list[Question] = [
        (str(released_all.build / "conference-titles" / "repo"), "text-classification", TEXTS[:2], {"top_k": None}),
        (str(released_all.build / "asjc-subjects" / "repo"), None, TEXTS[:2], {"top_k": 3}),
        (str(released_all.build / "scierc-entities" / "repo"), "ner", TEXTS[:2], {"aggregation_strategy": "simple"}),
    ]
    data = tmp_path / "data"
    for name in BASES:
        rotary: dict[str, Any] = {"rope_parameters": ROPE[name]} if name in ROPE else {}
        base = save_base(name, tmp_path / name / "base", **rotary)
        words = [f"base_model={{path: {base}}}", "onnx.export=false", "tokenizer.max_length=48"]
        recipe = load_recipe("conference-titles", models_dir=content_dir("models"), sample=True, overrides=words)
        if not data.is_dir():
            prepare(recipe, source_files(recipe), data, cache_dir=tmp_path / "cache")
        repo = _staged(recipe, data, tmp_path / name)
        questions.append((str(repo), "text-classification", TEXTS[:2], {"top_k": None, "truncation": True}))
    for question, found in zip(questions, ask(questions), strict=True):
        _assert_same(found, _answers(question))
