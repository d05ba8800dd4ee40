"""``hubpress models``: what can be released, and how far each is."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.processes import Command


def test_models_says_how_far_each_is(hubpress: Command, build: Path) -> None:
    """The list of models names the stages that have left a receipt."""
    rows = {row["model"]: row for row in json.loads(hubpress("models", "--build-dir", build, "--json").out)}
    assert len(rows) == 5
    assert rows["conference-titles"]["done"] == [
        *("data", "report", "train", "assemble", "evaluate", "card", "space", "check", "verify", "verify space"),
    ]
    none = json.loads(hubpress("models", "--build-dir", build / "none", "--json").out)
    assert [row["done"] for row in none] == [[]] * 5
