"""A release, asked by other engines through the command: a row for each, held against pipeline()."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import pytest

from helpers.engines import StandIn, answering
from helpers.paths import TESTS
from helpers.processes import Command
from helpers.release import Release
from hubpress.layout import ONNX
from hubpress.verify.engines.infinity import PINNED
from hubpress.verify.engines.plain_onnx import PlainOnnx

pytestmark = pytest.mark.slow

MODEL = "conference-titles"
MODULES = Path(os.environ.get("HUBPRESS_NODE_MODULES") or TESTS / "transformers_js" / "node_modules")


def test_a_row_for_each_engine(
    released_all: Release, hubpress: Command, tiny: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same answers hold; others are differences, and an engine that is not there leaves its row open."""
    build = shutil.copytree(released_all.build, tmp_path / "build")
    monkeypatch.chdir(tmp_path)
    file = PlainOnnx(build / MODEL / "repo", ONNX)

    def logits(text: object) -> list[float]:
        return [math.log(score) for score in file.answer(str(text)).values()]

    honest = StandIn(file.labels, logits, model=f"rehearsal/{MODEL}")
    wrong = StandIn(file.labels, lambda text: logits(text)[::-1], model=f"rehearsal/{MODEL}")
    with answering(honest) as tei, answering(wrong) as vllm:
        engines = f"onnxruntime,transformers.js={MODULES},infinity,tei={tei},vllm={vllm}"
        words = ["verify", f"rehearsal/{MODEL}", "--build-dir", build, "--engines", engines, "--json", *tiny]
        ran = hubpress(*words)
    assert ran.code == 1, ran.err
    told = json.loads(ran.out)
    rows = {row["claim"]: row for row in told["proof"]}
    assert rows["ONNX Runtime"]["holds"] and "test records" in rows["ONNX Runtime"]["how"]
    assert rows["TEI"]["holds"] and "in float32" in rows["TEI"]["how"], rows
    if shutil.which("node") and MODULES.is_dir():
        assert rows["Transformers.js"]["holds"], told
    assert rows["vLLM"]["holds"] is False and [one for one in told["differences"] if one.startswith("vLLM: scores")]
    assert rows["Infinity"]["holds"] is None
    assert any(one.startswith("Infinity: infinity-emb is not installed here.") for one in told["unproved"])
    assert not (build / "engines").exists()


def test_infinity_is_pinned_whole() -> None:
    """What is installed for it is named in exact versions, with the version of Infinity itself."""
    lines = [line for line in PINNED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(line.count("==") == 1 for line in lines)
    assert {"infinity_emb==0.0.78", "torch==2.13.0"} <= set(lines)
