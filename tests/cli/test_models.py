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


def test_a_broken_recipe_hides_no_other(hubpress: Command, pets: Path) -> None:
    """The other models are listed; the broken recipes are named with what is wrong, and the command fails."""
    for name, text in (("bare", "title: Bare\n"), ("torn", "title: [\n")):
        (pets.parent / name).mkdir()
        (pets.parent / name / "recipe.yaml").write_text(text, encoding="utf-8")
    ran = hubpress("models", "--models", pets.parent, "--build-dir", pets / "build")
    assert ran.code == 2
    assert "Pets" in ran.out and "nothing yet" in ran.out
    assert [name in ran.out for name in ("bare", "torn")] == [True, True]
    lines = ran.err.splitlines()
    assert "data: is missing" in " ".join(line for line in lines if "bare/recipe.yaml" in line)
    assert [line for line in lines if "torn/recipe.yaml" in line and "is not valid YAML" in line]
    as_json = hubpress("models", "--models", pets.parent, "--build-dir", pets / "build", "--json")
    listed = {row["model"]: row for row in json.loads(as_json.out)}
    assert as_json.code == 2
    assert (listed["pets"]["task"], listed["pets"]["problems"]) == ("single-label", [])
    assert (listed["torn"]["task"], len(listed["torn"]["problems"])) == (None, 1)
