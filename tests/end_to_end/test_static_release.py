"""An account that may not have a Gradio Space releases a static one, which is proved in a headless Chromium."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from helpers.browser import needs_chromium
from helpers.processes import SECONDS, Command
from helpers.static_space import MODULES, needs_transformers_js
from hubpress.layout import ONNX, QUANTIZED, WEIGHT_ONLY
from hubpress.manifest import Manifest
from hubpress.rehearsal.faults import break_requests
from hubpress.rehearsal.server import running
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

    proof = (made / "proofs" / "verify-space.txt").read_text(encoding="utf-8")
    scores = re.search(r"holds +scores .*?(\d+) of (\d+) answers the same, scores by (\S+) at most", proof)
    assert scores and scores[1] == scores[2] and float(scores[3]) < 1e-5
    assert "unproved" not in proof and stages["verify space"].startswith("10 proofs hold")

    facts = Evaluation.load(made / "repo" / "evaluation.json").onnx
    assert facts and facts.page and facts.page.used == WEIGHT_ONLY
    sizes = {one.path: one.bytes for one in facts.files}
    assert sizes[WEIGHT_ONLY] < 1.1 * sizes[QUANTIZED] < sizes[ONNX]
    assert WEIGHT_ONLY in {one.path for one in Manifest.load(made / "repo" / "manifest.json").files}
    for name in ("README.md", "REPORT.md"):
        assert WEIGHT_ONLY in (made / "repo" / name).read_text(encoding="utf-8")

    with running(build / "hub", port=0) as url:
        space = f"{url}/spaces/rehearsal/conference-titles"
        request = urllib.request.Request(space, headers={"Accept": "text/html", "Sec-Fetch-Site": "none"})
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            frame, policy = response.read().decode(), response.headers["Content-Security-Policy"]
        place = re.search(r'<iframe src="(http://127\.0\.0\.1:\d+/)"', frame)
        assert place and place[1] in policy and not place[1].startswith(url)
        model = f"rehearsal/conference-titles/resolve/{settings['revision']}/{WEIGHT_ONLY}"
        for name, file in (("", made / "space-pinned" / "index.html"), (model, made / "repo" / WEIGHT_ONLY)):
            with urllib.request.urlopen(f"{place[1]}{name}", timeout=SECONDS) as response:
                assert response.read() == file.read_bytes()
