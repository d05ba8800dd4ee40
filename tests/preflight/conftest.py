"""Prepared records of every task, and the base models that are asked with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from hubpress.content import content_dir
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.preflight.base import ask_base
from hubpress.recipe.load import load_recipe

MODELS = {"One label": "conference-titles", "Several labels": "asjc-subjects", "Entities": "scierc-entities"}

Ask = Callable[..., None]
"""(the column of the table, the base's folder, overrides): raises HubpressError for what is refused."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Ask a base by the recipe of a sample model of a task."""
    folder = tmp_path_factory.mktemp("asked")

    @cache
    def prepared(name: str) -> Path:
        recipe = load_recipe(name, models_dir=content_dir("models"), sample=True)
        prepare(recipe, source_files(recipe), folder / name, cache_dir=folder / "cache")
        return folder / name

    def run(task: str, base: Path, *overrides: str, onnx: bool = False) -> None:
        usual = (f"base_model={{path: {base}}}", "tokenizer.max_length=60", "training.freeze=[]")
        words = [*usual, f"onnx.export={str(onnx).lower()}", *overrides]
        recipe = load_recipe(MODELS[task], models_dir=content_dir("models"), sample=True, overrides=words)
        ask_base(recipe, prepared(MODELS[task]), folder / "preflight", threads=2)

    return run
