"""Evaluation of thousands of labels: memory does not grow with records x labels."""

from __future__ import annotations

import json
import subprocess
import sys

from helpers.paths import TESTS
from helpers.processes import RELEASE_SECONDS, unmeasured

SCRIPT = TESTS / "benchmarks" / "evaluation_memory.py"
LABELS = 4516


def test_memory_does_not_grow_with_rows_times_labels() -> None:
    """Five thousand more rows cost a fraction of what their logits alone would (86 MB at 4,516 labels)."""
    few, many = 1_000, 6_000
    command = [sys.executable, str(SCRIPT), "--rows", str(few), str(many), "--labels", str(LABELS)]
    ran = subprocess.run(
        command, capture_output=True, text=True, env=unmeasured(), timeout=RELEASE_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stderr
    # A process's peak never falls: what many rows add to it is what they take beyond the few before them.
    _, added = (float(json.loads(line)["MB above"]) for line in ran.stdout.splitlines())
    assert added < (many - few) * LABELS * 4 / 2**20 / 3
