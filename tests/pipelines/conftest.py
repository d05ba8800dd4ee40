"""Tiny models with a decision, loaded as a stranger loads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline

from helpers.pipeline import custom, save_model, save_subjects
from hubpress.recipe.kinds import CUSTOM_PIPELINES


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A multi-label model of 307 subjects under 26 areas, as it is published."""
    return save_subjects(tmp_path_factory.mktemp("subjects"), tiny_base)


@pytest.fixture(scope="module")
def interest(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A binary model with a tuned threshold, and no template: a record has the one field ``text``."""
    return save_model(
        tmp_path_factory.mktemp("interest"),
        tiny_base,
        ("other", "interesting"),
        CUSTOM_PIPELINES["binary"].files,
        problem_type="single_label_classification",
        decision={"rule": "threshold", "threshold": 0.188, "positive": "interesting"},
        threshold=0.188,
        custom_pipelines=custom("binary-threshold", CUSTOM_PIPELINES["binary"].impl),
    )


@pytest.fixture(scope="module")
def classify(subjects: Path) -> Any:
    return pipeline(model=str(subjects), trust_remote_code=True, device="cpu")


@pytest.fixture(scope="module")
def judge(interest: Path) -> Any:
    return pipeline(model=str(interest), trust_remote_code=True, device="cpu")
