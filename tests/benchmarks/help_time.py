"""How long hubpress takes to answer without working: help, version and wrong usage, beside an empty interpreter.

    .venv/bin/python tests/benchmarks/help_time.py [RUNS]

prints the median and the shortest of so many runs each (default 15), one after the other in turn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

WORDS = {
    "python -c pass": ["-c", "pass"],
    "hubpress": ["-m", "hubpress"],
    "hubpress --help": ["-m", "hubpress", "--help"],
    "hubpress release --help": ["-m", "hubpress", "release", "--help"],
    "hubpress --version": ["-m", "hubpress", "--version"],
    "hubpress relase": ["-m", "hubpress", "relase"],
}


def seconds(words: list[str]) -> float:
    """Return how long one process takes from start to end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], capture_output=True, check=False)
    return time.perf_counter() - started


def main(runs: int) -> None:
    """Measure and print."""
    measured: dict[str, list[float]] = {name: [] for name in WORDS}
    for _ in range(runs):
        for name, words in WORDS.items():  # in turn, so that a busy moment meets all alike
            measured[name].append(seconds(words))
    print(f"{runs} runs each   median    best")
    for name, times in measured.items():
        print(f"{name:24}{statistics.median(times):7.3f} s{min(times):7.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
