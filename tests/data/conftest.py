"""Data stages of the model "pets" that are run with some settings or records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.faults import GOOD
from helpers.processes import Command
from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.layout import SPLITS_FACTS
from hubpress.schemas.splits import SplitFacts


@pytest.fixture
def prepared(hubpress: Command, pets: Path, tmp_path: Path) -> Callable[..., dict[str, list[tuple[str, str]]]]:
    """Run ``hubpress data pets`` with some settings; return (text, label name) of every row by split."""

    def run(*settings: str) -> dict[str, list[tuple[str, str]]]:
        options = [word for setting in settings for word in ("--set", setting)]
        build = tmp_path / "build"
        ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", build, "--quiet", *options)
        assert ran.code == 0, ran.err
        assert not (build / "pets" / "cache").exists()
        labels = SplitFacts.load(build / "pets" / "data" / SPLITS_FACTS).labels
        splits = {name: load_split(build / "pets" / "data", name) for name in SPLITS}
        return {name: [(row["text"], labels[row["label"]]) for row in rows] for name, rows in splits.items()}

    return run


@pytest.fixture
def prepare(hubpress: Command, tmp_path: Path) -> Callable[..., SplitFacts]:
    """Write a recipe and run its data stage; return the facts. ``rows`` of the splits are read with :func:`rows`."""

    def run(changes: dict[str, Any], *options: str | Path, **data: Any) -> SplitFacts:
        folder = tmp_path / "models" / "pets"
        shutil.copytree(GOOD, folder, dirs_exist_ok=True)
        recipe = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
        recipe |= {key: value for key, value in changes.items() if key != "data"}
        recipe["data"] |= {**changes.get("data", {}), **data}
        recipe["data"] = {key: value for key, value in recipe["data"].items() if value is not None}
        (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        ran = hubpress(
            "data", "pets", "--models", folder.parent, "--build-dir", tmp_path / "build", "--quiet", *options
        )
        assert ran.code == 0, ran.err
        return SplitFacts.load(tmp_path / "build" / "pets" / "data" / SPLITS_FACTS)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Sequence[dict[str, Any]] | str], str]:
    """Write records, or a text, into the model's folder; return the file's name."""

    def run(name: str, records: Sequence[dict[str, Any]] | str) -> str:
        path = tmp_path / "models" / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = records if isinstance(records, str) else "".join(json.dumps(row) + "\n" for row in records)
        path.write_text(text, encoding="utf-8")
        return name

    return run
