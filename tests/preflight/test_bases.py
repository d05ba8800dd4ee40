"""The table of tried bases in docs/bases.md is what happens to a tiny random model of each family."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from helpers.bases import BASES, save_base
from helpers.paths import ROOT
from hubpress.errors import HubpressError
from hubpress.preflight import base as preflight

pytestmark = pytest.mark.slow

# An export takes seconds: here the quickest to fail, in every release one that works; tests/benchmarks/onnx_of_bases.py
# tries all.
EXPORTED = ("Longformer",)


def _rows() -> Iterator[tuple[str, dict[str, str]]]:
    page = (ROOT / "docs" / "bases.md").read_text(encoding="utf-8")
    section = page.partition("## What was tried")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    heads = lines[0]
    for cells in lines[1:]:
        yield cells[0], dict(zip(heads[1:], cells[1:], strict=True))


TABLE = dict(_rows())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bases")


def test_the_table_names_every_tried_base() -> None:
    """No base is in the table alone, and none is left out of it."""
    assert list(TABLE) == list(BASES)


@pytest.mark.parametrize("base", BASES)
def test_a_base_does_what_the_table_says(base: str, ask: Any, folder: Path) -> None:
    """For every task it goes the whole way but for the export, or is refused in one sentence."""
    settings = {"attention_type": "original_full"} if base == "BigBird" else {}  # as the page says below the table
    saved = save_base(base, folder / base.replace(" ", "-"), **settings)
    for task in ("One label", "Several labels", "Entities"):
        refused = pytest.raises(HubpressError, match="Choose a") if TABLE[base][task] == "no" else nullcontext()
        with refused:
            ask(task, saved)


@pytest.mark.parametrize("base", EXPORTED)
def test_a_base_is_exported_where_the_table_says_so(base: str, ask: Any, folder: Path) -> None:
    """The ONNX file answers as the model, or the base is refused with the setting that does without."""
    exports = TABLE[base]["ONNX files and Space"] == "yes"
    with nullcontext() if exports else pytest.raises(HubpressError, match=r"ONNX.*onnx\.export: false"):
        ask("One label", save_base(base, folder / f"{base}-onnx"), onnx=True)


def test_another_training_of_a_base_exports_nothing(ask: Any, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was exported stands beside the verdict, for later commands; another length of texts is tried anew."""
    ask("One label", tiny_base, onnx=True)
    monkeypatch.setattr(preflight, "_EXPORTED", set())  # another command

    def refuse(*_: Any, **__: Any) -> None:
        raise HubpressError("exported again.", where="onnx/model.onnx")

    monkeypatch.setattr(preflight, "export_onnx", refuse)
    ask("One label", tiny_base, "training.learning_rate=0.03", onnx=True)
    with pytest.raises(HubpressError, match="cannot be exported as ONNX"):
        ask("One label", tiny_base, "tokenizer.max_length=50", onnx=True)
