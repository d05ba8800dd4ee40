"""Tiny models with ONNX files, and Spaces that run where torch and transformers cannot be imported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from helpers.paths import ROOT
from helpers.processes import SECONDS, until
from hubpress.assemble.onnx_export import export_onnx as release_export
from hubpress.layout import ONNX, QUANTIZED
from hubpress.space.process import blocker_of, free_port

FP32, INT8 = ONNX, QUANTIZED
SPACES = ROOT / "spaces"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def export_onnx(folder: Path, task: str) -> None:
    """Write both ONNX files beside the weights of a saved model, as a release does."""
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

    is_tagger = task == "token-classification"
    auto = AutoModelForTokenClassification if is_tagger else AutoModelForSequenceClassification
    release_export(folder, ["a text", "another one here"], model_class=auto, problem_type="single_label_classification")


def space_settings(
    task: str, *, onnx: str = FP32, examples: Sequence[dict[str, Any]] = (), **changes: Any
) -> dict[str, Any]:
    """Return what a space.json holds."""
    return {
        "schema_version": 1,
        "model": "acme/tiny",
        "revision": REVISION,
        "endpoint": None,
        "onnx": onnx,
        "task": task,
        "title": "A tiny model",
        "summary": "Answers at random, so that the Space can be tested.",
        "space": "acme/tiny",
        "examples": list(examples),
        "limits": {"rows": 10_000, "file_mb": 20, "characters": 100_000},
        **changes,
    }


def assemble_space(folder: Path, settings: dict[str, Any]) -> Path:
    """Put a Space together, flat, as it is published."""
    folder.mkdir(parents=True)
    parts = ["shared", *(["records"] if settings["task"] != "token-classification" else []), str(settings["task"])]
    for source in map(SPACES.joinpath, parts):
        for file in source.iterdir():
            if file.is_file():
                shutil.copy(file, folder / file.name)
    for name in ("record_text.py", "decision.py"):
        shutil.copy(ROOT / "models" / "pipelines" / name, folder / name)
    (folder / "space.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Served:
    """A Space that runs."""

    url: str
    pid: int
    seconds: float
    """From the start of the process to the first answer."""
    log: Path

    def call(self, endpoint: str, *data: Any) -> Any:
        """Return the answer of an endpoint by plain HTTP, as curl gets it. Raises RuntimeError with the message."""
        body = json.dumps({"data": data}).encode()
        address = f"{self.url}/gradio_api/call/{endpoint}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            event = json.load(response)["event_id"]
        with urllib.request.urlopen(f"{address}/{event}", timeout=SECONDS) as response:
            lines = response.read().decode().splitlines()
        kind, payload = [(a[7:], json.loads(b[6:])) for a, b in pairwise(lines) if a.startswith("event: ")][-1]
        if kind != "complete":
            raise RuntimeError(payload)
        return payload[0]


@contextmanager
def served(space: Path, model: Path | None, **environment: str) -> Iterator[Served]:
    """Run a Space's app.py in a process of its own; *model* is the local folder that it loads."""
    blocker = blocker_of(("torch", "transformers", "hubpress"), space.parent / f"{space.name}-blocker")
    port = free_port()
    temporary = space.parent / f"{space.name}-tmp"
    temporary.mkdir(exist_ok=True)
    env = {
        **os.environ,
        "PYTHONPATH": str(blocker),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(temporary / "gradio"),
        "TMPDIR": str(temporary),
        **({"MODEL_DIR": str(model)} if model else {}),
        **environment,
    }
    log, url = space.parent / f"{space.name}.log", f"http://127.0.0.1:{port}"
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=space, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            try:
                until(lambda: opened(f"{url}/config", process))
            except (AssertionError, TimeoutError) as error:
                pytest.fail(f"{error}: {log.read_text()}")
            yield Served(url, process.pid, time.monotonic() - started, log)
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def opened(url: str, process: subprocess.Popen[Any]) -> str | None:
    """Return what a server answers, or None while it does not answer; an AssertionError once its process has ended."""
    assert process.poll() is None, "the server ended"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as response:
            return str(response.read().decode())
    except OSError:
        return None


def session(path: Path) -> Any:
    """Return an ONNX Runtime session of a file."""
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
