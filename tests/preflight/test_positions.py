"""How many tokens a base reads, and on what its answers may depend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.bases import POSITIONS, save_base
from helpers.faults import assert_one_message, files_in
from helpers.processes import Command
from hubpress.errors import HubpressError


@pytest.mark.parametrize(("base", "usable"), [("RoBERTa", POSITIONS), ("GPT-2", POSITIONS), ("BERT", POSITIONS)])
def test_the_longest_text_is_what_the_model_reads(base: str, usable: int, ask: Any, tmp_path: Path) -> None:
    """One token more is refused with the number that is read, also where the config says two more."""
    saved = save_base(base, tmp_path / "base")
    ask("One label", saved, f"tokenizer.max_length={usable}")
    with pytest.raises(HubpressError, match=f"{usable + 2} tokens are more than .* Give at most {usable}\\."):
        ask("One label", saved, f"tokenizer.max_length={usable + 2}")


@pytest.mark.parametrize(("base", "usable"), [("RoBERTa", POSITIONS), ("GPT-2", POSITIONS)])
@pytest.mark.parametrize("command", ["data", "check"])
def test_a_length_beyond_what_the_config_says_is_refused_before_the_records_are_prepared(
    command: str, base: str, usable: int, pets: Path, hubpress: Command, tmp_path: Path
) -> None:
    """By the config.json alone, whichever stage is asked for; nothing is written."""
    saved = save_base(base, tmp_path / "base")
    (saved / "model.safetensors").unlink()
    words = ["--set", f"base_model={{path: {saved}}}", "--set", f"tokenizer.max_length={usable + 1}"]
    ran = hubpress(command, "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet", *words)
    says = f"tokenizer.max_length: {usable + 1} tokens are more than the base model's {usable} positions. Give at most"
    assert_one_message(ran, 1, [says])
    assert set(files_in(tmp_path / "build")) <= {"pets/.lock"}


def test_answers_that_depend_on_earlier_texts_are_refused(ask: Any, tmp_path: Path) -> None:
    """BigBird changes its attention for good at the first short text; told to use it always, it is taken."""
    saved = save_base("BigBird", tmp_path / "base", block_size=2, initializer_range=0.5)
    with pytest.raises(HubpressError, match="changes once it has read a short one"):
        ask("One label", saved, "tokenizer.max_length=60")
    whole = f"base_model={{path: {saved}, config: {{attention_type: original_full}}}}"
    ask("One label", saved, whole)


def test_a_base_is_asked_once(ask: Any, tmp_path: Path) -> None:
    """The same question is answered from the build folder; another base of the same name is asked."""
    saved = save_base("BERT", tmp_path / "base")
    ask("One label", saved)
    (saved / "model.safetensors").write_bytes(b"")
    with pytest.raises(HubpressError, match="base"):
        ask("One label", saved)


def test_a_part_to_freeze_that_is_missing_is_found_early(ask: Any, tmp_path: Path) -> None:
    """The parts are those of the whole model, of which few layers are asked."""
    saved = save_base("BERT", tmp_path / "base", num_hidden_layers=5)
    ask("One label", saved, "training.freeze=[encoder.layer.4]")
    with pytest.raises(HubpressError, match=r"no part 'encoder\.layer\.5'"):
        ask("One label", saved, "training.freeze=[encoder.layer.5]")


@pytest.mark.parametrize(
    ("option", "says"),
    [("activation_checkpointing=true", None), ("optim=adamw_bnb_8bit", "it cannot be trained: .*bitsandbytes")],
)
def test_what_training_needs_is_found_early(option: str, says: str | None, ask: Any, tmp_path: Path) -> None:
    """An optimiser that is not installed ends in a sentence, and settings that work are let through."""
    saved = save_base("BERT", tmp_path / "base")
    if says is None:
        ask("One label", saved, f"training.{option}")
        return
    with pytest.raises(HubpressError, match=says):
        ask("One label", saved, f"training.{option}")
