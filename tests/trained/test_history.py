"""What files beside a model say of its training is read without running any of it, and what cannot be read is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from hubpress.trained.checkpoint import Checkpoint
from hubpress.trained.history import history_of, read_arguments

RAN: list[str] = []


class _Running:
    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return (RAN.append, ("it ran",))


def _known(folder: Path) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    names = tuple(sorted(path.name for path in folder.iterdir()))
    known, unknown = history_of(Checkpoint("a model", names, folder=folder), base=None)
    return {fact.name: (fact.value, fact.source) for fact in known}, unknown


def test_settings_of_trainer_are_read(tmp_path: Path) -> None:
    """Numbers, texts and members of enumerations come out as they were given, whatever else is pickled."""
    given = transformers.TrainingArguments(
        output_dir=str(tmp_path), learning_rate=3e-5, lr_scheduler_type="cosine", seed=11, use_cpu=True
    )
    torch.save(given, tmp_path / "training_args.bin")
    settings = read_arguments(tmp_path / "training_args.bin")
    assert (settings["learning_rate"], settings["lr_scheduler_type"], settings["seed"]) == (3e-5, "cosine", 11)
    known, unknown = _known(tmp_path)
    assert known["lr_scheduler_type"] == ("cosine", "training_args.bin")
    assert "with which hyperparameters it was trained" not in unknown
    assert "on which records" in unknown
    assert not any(str(tmp_path) in value for value, _ in known.values())


@pytest.mark.parametrize("what", [_Running(), {"state": _Running()}, [1], "text"])
def test_code_in_settings_is_not_run(what: object, tmp_path: Path) -> None:
    """A pickle that would run code, or holds no settings, is named among what is unknown."""
    torch.save(what, tmp_path / "training_args.bin")
    _, unknown = _known(tmp_path)
    assert "what training_args.bin says, which cannot be read" in unknown
    assert RAN == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x04."])
def test_settings_that_are_none_are_told(content: bytes, tmp_path: Path) -> None:
    """Neither a broken archive nor a bare pickle ends the release."""
    (tmp_path / "training_args.bin").write_bytes(content)
    assert "what training_args.bin says, which cannot be read" in _known(tmp_path)[1]


def test_figures_of_a_readme_have_their_source(tmp_path: Path) -> None:
    """Figures of a model-index are told as its authors', and a broken trainer_state.json is named."""
    results = [{"dataset": {"name": "Pets"}, "metrics": [{"type": "f1", "name": "F1", "value": 0.5}]}]
    front = json.dumps({"datasets": ["acme/pets"], "model-index": [{"name": "x", "results": results}]})
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# A model\n", encoding="utf-8")
    (tmp_path / "trainer_state.json").write_text("[]", encoding="utf-8")
    known, unknown = _known(tmp_path)
    assert known["F1 on Pets, as its authors say"] == ("0.5", "README.md")
    assert known["data sets"] == ("acme/pets", "README.md")
    assert "what trainer_state.json says, which cannot be read" in unknown
