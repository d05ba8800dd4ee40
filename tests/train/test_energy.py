"""Energy and emissions: measured by codecarbon while a model trains, offline, and refused where they cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.processes import Command
from hubpress.errors import HubpressError
from hubpress.recipe.carbon import Carbon
from hubpress.train.energy import EnergyMeter, refuse_unmeasurable


@pytest.mark.slow
def test_a_training_is_measured_where_the_recipe_wants_it(
    hubpress: Command, quick: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written beside the build folder, whatever a configuration of codecarbon's own says."""
    monkeypatch.setenv("CODECARBON_SAVE_TO_FILE", "true")
    monkeypatch.setenv("CODECARBON_OUTPUT_DIR", str(tmp_path))
    ran = hubpress(
        "train", "conference-titles", "--build-dir", tmp_path / "build", *quick,
        "--set", "training.carbon.country_iso_code=FRA",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "codecarbon" not in ran.err
    facts = json.loads((tmp_path / "build" / "conference-titles" / "train" / "training.json").read_text("utf-8"))
    energy = facts["energy"]
    assert energy["energy_consumed"] > 0 and energy["emissions"] > 0
    assert (energy["country_name"], energy["tracking_mode"], energy["is_whole"]) == ("France", "process", True)
    assert [path.name for path in tmp_path.iterdir()] == ["build"]
    assert facts["versions"]["python"].startswith("3.")


def test_an_unknown_country_is_refused_before_anything_is_spent() -> None:
    with pytest.raises(HubpressError, match="codecarbon knows no country 'DEX'"):
        refuse_unmeasurable(Carbon(country_iso_code="DEX"))


def test_several_machines_cannot_be_measured_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(HubpressError, match="energy can be measured on one machine alone"):
        EnergyMeter(Carbon(country_iso_code="DEU"), processes=4)
