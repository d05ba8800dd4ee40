"""Prepared records that the tests of training share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.bases import save_base
from helpers.few_records import WIDE
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.recipe.recipe import Recipe


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe], Path]:
    """Prepare the sample records of a recipe, once."""
    folder = tmp_path_factory.mktemp("data")

    def prepared(recipe: Recipe) -> Path:
        place = folder / recipe.name
        if not place.is_dir():
            prepare(recipe, source_files(recipe), place, cache_dir=folder / "cache")
        return place

    return prepared


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Save a tiny random base of an architecture, once."""
    folder = tmp_path_factory.mktemp("bases")

    def base(name: str) -> Path:
        place = folder / name.replace(" ", "-")
        return place if place.is_dir() else save_base(name, place, **WIDE)

    return base
