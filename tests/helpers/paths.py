"""Where the checkout is and its samples are: the one place that counts folders."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
SAMPLES = TESTS / "samples"
TITLES = ROOT / "models" / "conference-titles" / "sample" / "titles.csv"
