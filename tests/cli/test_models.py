"""``hubpress models``: what can be released, and how far each is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpers.processes import Command
from hubpress.schemas.released import Released


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


@pytest.mark.parametrize("back_to", [None, "v1.0.0"])
def test_a_release_is_whole_on_a_narrow_terminal(
    back_to: str | None, hubpress: Command, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Owner, Hub, version, date, main figure and proof: on 80 columns they are wrapped, and nothing is left out."""
    owner, hub, proof = "a-long-name-of-an-organisation", "https://huggingface.co", "19 proofs hold"
    interval = {"low": 0.812, "high": 0.931, "standard_error": 0.03}
    figure = {"metric": "f1_weighted", "value": 0.8765, "interval": interval, "confidence": 0.95, "count": 60}
    note = Released.model_validate(
        {
            **{"model_name": "pets", "title": "Pets", "hub": hub, "repo_id": f"{owner}/pets", "tag": "v1.1.0"},
            **{"date": "2026-01-31T12:00:00+00:00", "figure": figure, "is_sample": False, "withdrawn_for": back_to},
            **{kind: {"sha": "0" * 40, "proof": proof, "table": f"{kind}.txt"} for kind in ("model", "space")},
        }
    )
    note.save(tmp_path / "build" / "pets" / "released" / "0" / owner / "pets" / "released.json")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    out = hubpress("models", "--models", pets.parent, "--build-dir", tmp_path / "build").out
    assert "\u2026" not in out and max(map(len, out.splitlines())) <= 80, out
    columns = [[line[at:end].strip() for line in out.split("Released", 1)[1].splitlines()] for at, end in _columns(out)]
    said = ["".join(column).replace(" ", "") for column in columns]
    wanted = ["pets", owner, hub, "v1.1.0", "2026-01-31", "0.876(0.812to0.931)", "19proofshold;19proofshold"]
    assert all(any(words in one for one in said) for words in wanted), said
    assert any("withdrawnforv1.0.0" in one for one in said) == bool(back_to)


def _columns(out: str) -> list[tuple[int, int]]:
    """Return where the columns of the last table begin and end, by its header."""
    header = next(line for line in out.splitlines() if line.strip().startswith("Released"))
    begins = [found.start() for found in re.finditer(r"(?<!\S)\S", header)]
    return list(zip(begins, [*begins[1:], 80], strict=True))
