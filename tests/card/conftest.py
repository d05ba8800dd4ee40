"""The facts of the golden cards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from helpers.card import GoldenFacts, copied_models, golden_facts


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with all five recipes."""
    return copied_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def facts_of(models: Path) -> Callable[[str], GoldenFacts]:
    """The golden facts of a model, with the figures drawn once."""

    @cache
    def read(model: str) -> GoldenFacts:
        return golden_facts(model, models)

    return lambda model: replace(read(model), evaluation=copy.deepcopy(read(model).evaluation))
