"""``hubpress release`` of several models at once."""

from __future__ import annotations

from pathlib import Path

from helpers.processes import Command


def test_a_failing_model_is_named_in_the_table(
    hubpress: Command, tiny: list[str], own_models: Path, build: Path
) -> None:
    """release --all goes on after records and recipes that are broken, names both in the table, and exits with 1."""
    (own_models / "conference-titles").rename(own_models / "broken-records")
    titles = own_models / "broken-records" / "sample" / "titles.csv"
    titles.write_text("Title,Conference\nOnly one,VLDB\n", encoding="utf-8")
    (own_models / "broken-recipe").mkdir()
    (own_models / "broken-recipe" / "recipe.yaml").write_text("repo_name: broken\n", encoding="utf-8")
    ran = hubpress("release", "--all", "--models", own_models, "--build-dir", build / "new", "--quiet", *tiny)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    rows = [line.split()[:2] for line in ran.out.splitlines() if line.strip().startswith("broken")]
    assert rows == [["broken-recipe", "failed"], ["broken-records", "failed"]]
