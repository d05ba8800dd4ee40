"""What the tests of drafts share: checkpoints as people have them, records about tea, the command that reads both."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from helpers.processes import Command, Ran

Row = dict[str, Any]
Save = Callable[..., Path]
New = Callable[..., tuple[Ran, Any]]

TEAS = ("green", "black", "herbal")
WORDS = {"green": "sencha gyokuro matcha", "black": "assam darjeeling keemun", "herbal": "mint chamomile rooibos"}


def tea_rows(count: int = 36) -> list[Row]:
    """Return records with a text and one of three labels, no text twice."""
    rows = []
    for number in range(count):
        tea = TEAS[number % 3]
        word = WORDS[tea].split()[number // 3 % 3]
        rows.append({"text": f"A cup of {word} on day number {number} of the journey", "tea": tea})
    return rows


def write_csv(path: Path, rows: Sequence[Row], separator: str = ",") -> Path:
    """Write records as a table; their values hold no marks that would need quotes."""
    lines = [separator.join(rows[0]), *(separator.join(str(value) for value in row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_jsonl(path: Path, rows: Sequence[Row]) -> Path:
    """Write records as JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def save(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Save:
    """Save a checkpoint by save_pretrained(), and say in a README what is to be known of it; one of a kind is kept."""
    made: dict[str, Path] = {}

    def saved(labels: Sequence[str] = TEAS, *, tags: bool = False, readme: str = "", **settings: Any) -> Path:
        key = json.dumps([*labels, tags, readme, settings], default=str)
        if key not in made:
            made[key] = folder = tmp_path_factory.mktemp("checkpoint")
            transformers.utils.logging.disable_progress_bar()
            transformers.utils.logging.set_verbosity_error()
            ids = {label: number for number, label in enumerate(labels)}
            config = AutoConfig.from_pretrained(tiny_base, id2label=dict(enumerate(labels)), label2id=ids, **settings)
            kind = AutoModelForTokenClassification if tags else AutoModelForSequenceClassification
            kind.from_config(config).save_pretrained(folder)
            AutoTokenizer.from_pretrained(tiny_base).save_pretrained(folder)
            if readme:
                (folder / "README.md").write_text(f"---\n{readme}\n---\n# A model\n", encoding="utf-8")
        return made[key]

    return saved


@pytest.fixture
def new(hubpress: Command, tmp_path: Path) -> New:
    """Run ``new NAME --from`` for a model "tea"; return what it said, and its result where there is one."""

    def run(checkpoint: Path | str, data: Path | str | None = None, *words: str) -> tuple[Ran, Any]:
        models = tmp_path / "models"
        records = ["--data", str(data)] if data else []
        ran = hubpress("new", "tea", "--from", str(checkpoint), *records, "--models", models, "--json", *words)
        return ran, json.loads(ran.out) if ran.code == 0 else None

    return run
