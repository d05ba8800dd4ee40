"""Evaluation of thousands of labels: memory does not grow with records x labels."""

from __future__ import annotations

import json
import subprocess
import sys

from helpers.paths import TESTS
from helpers.processes import RELEASE_SECONDS, unmeasured

SCRIPT = TESTS / "benchmarks" / "evaluation_memory.py"
LABELS = 4516


def above_the_model(rows: int) -> float:
    """Return by how many megabytes evaluating *rows* raised a fresh process's peak memory."""
    command = [sys.executable, str(SCRIPT), "--rows", str(rows), "--labels", str(LABELS)]
    ran = subprocess.run(
        command, capture_output=True, text=True, env=unmeasured(), timeout=RELEASE_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return float(json.loads(ran.stdout)["above_mb"])


def test_memory_does_not_grow_with_rows_times_labels() -> None:
    """Five thousand more rows cost a fraction of what their logits alone would (86 MB at 4,516 labels)."""
    few, many = 1_000, 6_000
    logits = (many - few) * LABELS * 4 / 2**20
    assert above_the_model(many) - above_the_model(few) < logits / 3
