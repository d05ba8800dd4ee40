"""The whole way through the command: release, release again, change a sentence, verify, push."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.processes import Command


def test_release_twice_then_a_changed_sentence(
    hubpress: Command, tiny: list[str], own_models: Path, tmp_path: Path
) -> None:
    """A first release is verified; a second changes nothing; a changed sentence pushes the card alone, and the Space's
    two files that name the model's new commit."""
    words = ["release", "conference-titles", "--models", own_models, "--build-dir", tmp_path / "build", "--json", *tiny]
    first = hubpress(*words)
    assert first.code == 0, first.err
    made = json.loads(first.out)["conference-titles"]
    assert [row["stage"] for row in made["stages"]] == [
        "data",
        "report",
        "train",
        "assemble",
        "evaluate",
        "card",
        "space",
        "check",
        "push",
        "verify",
        "push space",
        "verify space",
        "promote",
    ]
    assert all(row["ran"] for row in made["stages"])

    second = json.loads(hubpress(*words).out)["conference-titles"]
    assert not any(row["ran"] for row in second["stages"])
    for there, before in ((second, made), (second["space"], made["space"])):
        assert (there["sha"], there["uploaded_bytes"]) == (before["sha"], 0)

    recipe = own_models / "conference-titles" / "recipe.yaml"
    recipe.write_text(
        recipe.read_text(encoding="utf-8").replace("Judging the quality", "Ever judging the quality"), encoding="utf-8"
    )
    third = json.loads(hubpress(*words).out)["conference-titles"]
    assert [row["stage"] for row in third["stages"] if row["ran"]] == [
        *("card", "check", "push", "verify", "push space", "verify space", "promote"),
    ]
    assert third["space"]["uploaded"] == ["README.md", "manifest.json", "space.json"]
    pinned = tmp_path / "build" / "conference-titles" / "space-pinned"
    assert json.loads((pinned / "space.json").read_text(encoding="utf-8"))["revision"] == third["sha"]
    assert third["uploaded"] == ["README.md", "manifest.json", "recipe.yaml"]
    assert third["uploaded_bytes"] < 20_000
