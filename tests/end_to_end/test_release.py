"""The whole way through the command: release, release again, change a sentence, verify, push."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from helpers.processes import Command
from helpers.release import Release


def test_release_twice_then_a_changed_sentence(
    hubpress: Command, tiny: list[str], released_all: Release, tmp_path: Path
) -> None:
    """A first release is verified; a second changes nothing; a changed sentence is held against the records and pushes
    the card alone, and the Space's two files that name the model's new commit."""
    made = released_all.result["conference-titles"]
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

    build = Path(shutil.copytree(released_all.build, tmp_path / "build"))
    words = ["release", "conference-titles", "--models", released_all.models, "--build-dir", build, "--json", *tiny]
    second = json.loads(hubpress(*words).out)["conference-titles"]
    assert not any(row["ran"] for row in second["stages"])
    for there, before in ((second, made), (second["space"], made["space"])):
        assert (there["sha"], there["uploaded_bytes"]) == (before["sha"], 0)

    changed = ["--set", "card.out_of_scope=[Ever judging the quality of a paper.]"]
    ran = hubpress(*words, *changed)
    assert ran.code == 0, (ran.err, ran.out)
    third = json.loads(ran.out)["conference-titles"]
    assert [row["stage"] for row in third["stages"] if row["ran"]] == [
        *("report", "card", "check", "push", "verify", "push space", "verify space", "promote"),
    ]
    assert third["space"]["uploaded"] == ["README.md", "manifest.json", "space.json"]
    pinned = build / "conference-titles" / "space-pinned"
    assert json.loads((pinned / "space.json").read_text(encoding="utf-8"))["revision"] == third["sha"]
    assert third["uploaded"] == ["README.md", "manifest.json", "recipe.yaml"]
    assert third["uploaded_bytes"] < 30_000
