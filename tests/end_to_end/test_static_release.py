"""An account that may not have a Gradio Space releases a static one, which is proved in a headless Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpers.browser import needs_chromium
from helpers.processes import Command
from helpers.static_space import MODULES, needs_transformers_js
from hubpress.layout import ONNX, QUANTIZED, WEIGHT_ONLY
from hubpress.rehearsal.faults import break_requests
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.hub_faults import FREE_ACCOUNT

pytestmark = [pytest.mark.slow, needs_chromium, needs_transformers_js]


def test_a_free_account_ends_with_a_static_space_that_is_proved_in_a_browser(
    hubpress: Command, tiny: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers are those of Python by the same file, which card and report name; no row is left unproved."""
    monkeypatch.setenv("HUBPRESS_NODE_MODULES", str(MODULES))
    build = tmp_path / "build"
    (build / "hub").mkdir(parents=True)
    break_requests(build / "hub", [FREE_ACCOUNT])
    words = ["release", "conference-titles", "--build-dir", build, "--quiet", "--json", *tiny]
    ran = hubpress(*words, "--set", "space.vendor=true")
    assert ran.code == 0, ran.err
    assert "The Hub wants a paid plan for a Gradio Space (402)" in ran.err
    stages = {one["stage"]: one["result"] for one in json.loads(ran.out)["conference-titles"]["stages"]}
    made = build / "conference-titles"
    assert not (made / "space-pinned" / "app.py").exists() and (made / "space-pinned" / "vendor").is_dir()
    settings = json.loads((made / "space-pinned" / "space.json").read_text(encoding="utf-8"))
    assert settings["onnx"] == WEIGHT_ONLY

    proof = next(made.glob("verify*/*space*.txt")).read_text(encoding="utf-8")
    print(stages, proof)
    scores = re.search(r"holds +scores .*?(\d+) of (\d+) answers the same, scores by (\S+) at most", proof)
    assert scores and scores[1] == scores[2] and float(scores[3]) < 1e-5
    assert "unproved" not in proof

    facts = Evaluation.load(made / "repo" / "evaluation.json").onnx
    assert facts and facts.page and facts.page.used == WEIGHT_ONLY
    sizes = {one.path: one.bytes for one in facts.files}
    assert sizes[WEIGHT_ONLY] < 1.1 * sizes[QUANTIZED] < sizes[ONNX]
    assert WEIGHT_ONLY in json.loads((made / "repo" / "manifest.json").read_text(encoding="utf-8"))["files"]
    for name in ("README.md", "REPORT.md"):
        assert WEIGHT_ONLY in (made / "repo" / name).read_text(encoding="utf-8")
