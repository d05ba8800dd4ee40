"""Records that are written for one fault each, and what ``hubpress data`` says of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from helpers.browser_fixtures import browser, window
from helpers.faults import GOOD, patch
from helpers.good_rows import Row
from helpers.processes import Command
from hubpress.schemas.data_report import DataReport

__all__ = ["browser", "window"]  # fixtures, beside those below

Ask = Callable[..., DataReport]
_SPLIT = {"method": "given", "column": "part"}


@pytest.fixture
def ask(hubpress: Command, tiny_base: Path, tmp_path: Path) -> Ask:
    """Write records and a recipe, run ``hubpress data pets --json``, and return the report that it prints."""

    def run(rows: Iterable[Row], *options: str, **changes: Any) -> DataReport:
        folder = tmp_path / "models" / "pets"
        shutil.copytree(GOOD, folder, dirs_exist_ok=True)
        (folder / "records.jsonl").write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )
        data = {"source": "records.jsonl", "labels": None, "duplicates": "keep", "split": _SPLIT}
        data |= changes.pop("data", {})
        changes = {"tokenizer": {"max_length": 100}, "base_model": {"path": str(tiny_base)}, **changes}
        patch(folder, {"data": data, **changes})
        words = ["data", "pets", "--models", folder.parent, "--build-dir", tmp_path / "build", "--quiet"]
        ran = hubpress(*words, "--json", *options)
        assert ran.code == 0, ran.err
        return DataReport.model_validate(json.loads(ran.out)["pets"]["report"])

    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Where the page of the report is."""
    return tmp_path / "build" / "pets" / "data.html"
