"""Pages that read pairs, and pages that give numbers, proved in Chromium by the file that browsers answer from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from helpers.browser import needs_chromium
from helpers.pipeline import save_model
from helpers.space import release_export, space_settings
from helpers.static_space import needs_transformers_js, static_site
from hubpress.inference.inputs import given
from hubpress.layout import ONNX, WEIGHT_ONLY
from hubpress.schemas.answers import Example
from hubpress.verify.static_space import claims_of_page

pytestmark = [needs_chromium, needs_transformers_js, pytest.mark.slow, pytest.mark.xdist_group("browser")]
LONG = "The harbour is closed in winter. " * 60


def claims(
    folder: Path,
    base: Path,
    patch: pytest.MonkeyPatch,
    *,
    task: str,
    labels: tuple[str, ...],
    template: str,
    text_pair: str | None,
    shown: Sequence[Example],
    records: Sequence[Any],
    **config: Any,
) -> dict[str, str]:
    """Return the rows of the proof of a random model's page, all of which hold."""
    from transformers import AutoModelForSequenceClassification

    texts = {"input_template": template} | ({"text_pair": text_pair} if text_pair else {})
    model = save_model(folder / "model", base, labels, (), **texts, **config)
    inputs = (
        [given("a text", "and its pair"), given("another one here", "b")]
        if text_pair
        else ["a text", "another one here"]
    )
    kind, files = config["problem_type"], (ONNX, WEIGHT_ONLY)
    release_export(model, inputs, model_class=AutoModelForSequenceClassification, problem_type=kind, files=files)
    settings = space_settings(task, onnx=WEIGHT_ONLY, examples=[one.as_json() for one in shown])
    site = static_site(folder / "space", model, settings, template, patch, text_pair=text_pair)
    rows = claims_of_page(site.settings, site.space, site.model, shown, records, folder / "proof")
    assert not [difference for row in rows for difference in row.differences]
    assert [row.what for row in rows] == ["page", "tokens", "decision", "scores", "batch", "bad input"]
    return {row.what: row.how for row in rows if row.holds}


def largest(rows: dict[str, str]) -> float:
    """Return by how much a score differs from Python's at most."""
    found = re.search(r"scores by (\S+) at most \(within 0\.001\)", rows["scores"])
    assert found
    return float(found[1])


def test_pairs_are_answered_as_python_does(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two texts with their types, of which a long one is cut at the same token."""
    record = {"question": "When does it open?", "passage": "In April."}
    rows = claims(
        tmp_path, tiny_base, monkeypatch,
        task="text-classification", labels=("no", "yes", "maybe"), template="{{ question }}", text_pair="{{ passage }}",
        problem_type="single_label_classification", decision={"rule": "argmax"},
        shown=[Example(text="When does it open?", text_pair="In April.", record=record, example_title="Opening")],
        records=[{"question": LONG, "passage": "Ja."}, {"question": "Why?", "passage": LONG}],
    )  # fmt: skip
    assert len(rows) == 6 and largest(rows) < 1e-5 and "of 1 examples and 2 test records" in rows["tokens"]


def test_numbers_are_answered_as_python_does(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their units, also where no limits are known."""
    rows = claims(
        tmp_path, tiny_base, monkeypatch,
        task="text-regression", labels=("satisfaction", "minutes"), template="{{ text }}", text_pair=None,
        problem_type="regression", targets={"satisfaction": [0, 10], "minutes": None},
        shown=[Example(text="Good tea, slow service.", example_title="Tea")],
        records=[LONG, "Never again!", "ok"],
    )  # fmt: skip
    assert len(rows) == 6 and largest(rows) < 1e-4
