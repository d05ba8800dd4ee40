"""Whose code a downloaded model has loaded, told from its files without loading anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubpress.content import pipeline_files
from hubpress.recipe.load import load_recipe
from hubpress.verify.code import foreign_code

RECIPE = load_recipe("arxiv-interest", sample=True)
CUSTOM = RECIPE.custom_pipeline
assert CUSTOM
CONFIG: dict[str, Any] = {"model_type": "bert", "custom_pipelines": {CUSTOM.task: {"impl": CUSTOM.impl, "pt": ["X"]}}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A model of several labels as hubpress publishes it."""
    for file in pipeline_files(RECIPE.custom_files):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_the_code_of_hubpress_is_known(files: Path) -> None:
    """A file beside it that nothing loads is no danger."""
    (files / "train.py").write_text("print('how it was trained')\n", encoding="utf-8")
    assert foreign_code(files, RECIPE) == []


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("config.json", {"auto_map": {"AutoModel": "a--b.C"}}, "config.json has auto_map"),
        ("config.json", {"text_config": {"_attn_implementation": "acme/kernel"}}, "has _attn_implementation"),
        ("config.json", {"_attn_implementation_internal": "acme/kernel"}, "has _attn_implementation_internal"),
        ("config.json", {"custom_pipelines": {"x": {"impl": "evil.Pipeline"}}}, "names another pipeline"),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["t.T", None]}}, "tokenizer_config.json has auto_map"),
    ],
)
def test_configurations_that_load_code_are_told(files: Path, name: str, change: dict[str, Any], says: str) -> None:
    path = files / name
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps(before | change), encoding="utf-8")
    [found] = foreign_code(files, RECIPE)
    assert says in found


def test_changed_code_and_other_weights_are_told(files: Path) -> None:
    with (files / "record_text.py").open("a", encoding="utf-8") as stream:
        stream.write("# one more line\n")
    (files / "model.safetensors").rename(files / "pytorch_model.bin")
    assert foreign_code(files, RECIPE) == [
        "record_text.py is not the one of this hubpress",
        "there is no model.safetensors, and other weights may run code",
    ]
