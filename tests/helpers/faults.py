"""Bad recipes and records: where the samples are, how a good model is spoilt, what a refusal looks like.

Most faults are files in samples/bad, named for what is wrong: ``recipes/*.yaml`` hold what is laid over the good
recipe, ``data/*`` are bad records and ``tables/*`` bad label tables with ``faults.yaml`` beside them. All of them state
the words that the message must hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from helpers.paths import SAMPLES
from helpers.processes import Ran

BAD = SAMPLES / "bad"
GOOD = BAD / "good"


def overlaid(block: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return *block* with *patch* laid over it; None takes a key away."""
    merged = dict(block)
    for key, value in patch.items():
        inner = merged.get(key)
        merged[key] = overlaid(inner, value) if isinstance(inner, dict) and isinstance(value, dict) and value else value
    return {key: value for key, value in merged.items() if value is not None}


def patch(pets: Path, changes: dict[str, Any]) -> None:
    """Lay changes over the recipe of a model."""
    recipe = pets / "recipe.yaml"
    merged = overlaid(yaml.safe_load(recipe.read_text(encoding="utf-8")), changes)
    recipe.write_text(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True), encoding="utf-8")


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a build folder but its lock."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def assert_one_message(ran: Ran, code: int, says: list[str], *, file: str = "") -> None:
    """Assert an exit code and one line on stderr that holds all of *says*, and that nothing else was printed."""
    assert (ran.code, ran.out) == (code, ""), ran.err
    lines = ran.err.strip().splitlines()
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("hubpress: ")
    assert lines[0][-1] in ".?'", lines[0]
    for words in says:
        assert words.replace("{file}", file) in lines[0]
