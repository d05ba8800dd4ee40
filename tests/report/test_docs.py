"""docs/data-report.md says what the command says."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from helpers.faults import patch
from helpers.paths import ROOT
from helpers.processes import Command

PAGE = ROOT / "docs" / "data-report.md"


def test_the_example_of_the_page_is_what_the_command_prints(hubpress: Command, pets: Path, tmp_path: Path) -> None:
    """The records and the recipe's lines on the page give the report on the page."""
    blocks = {
        found["kind"]: found["body"]
        for found in re.finditer(r"^```(?P<kind>\w+)(?: [^\n]*)?\n(?P<body>.*?)^```$", _example(), re.M | re.S)
    }
    (pets / "records.csv").write_text(blocks["csv"], encoding="utf-8")
    data = {"labels": None, "split": None, **yaml.safe_load(blocks["yaml"])}
    patch(pets, {"base_model": {"path": None, "id": "google-bert/bert-base-uncased"}, "data": {"split": None}})
    patch(pets, {"data": data})
    words = ["data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    ran = hubpress(*words)
    assert ran.code == 0, ran.err
    assert ran.out[ran.out.index("Records ") : ran.out.index("\nMore: ")] == blocks["text"]


def _example() -> str:
    return PAGE.read_text(encoding="utf-8").partition("## An example\n")[2].partition("\n## ")[0]
