"""Train the same model by one process and by two that share each batch: how fast, and is it the same model?

    python tests/benchmarks/processes.py title_conference.csv --seeds 3 --epochs 2

A batch has as many records in each case: two processes take half of it each. The base and the settings are those of the
sample of conference-titles, the records those of the file, in one split for all. The cases take turns within a seed, so
that what else the machine does is shared among them. Samples a second are Trainer's own figure, its evaluations and
checkpoints included; what starting the processes takes is not in it, and is given by the seconds of the command.
Its processor seconds, of all processes, hardly depend on what else the machine does.
Prints a row of JSON for each case, compared with the first.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BATCH = 16
CASES = ((1, 1), (2, 1), (1, 2))
"""Processes, and threads of each."""


def run(command: str, words: list[str]) -> float:
    """Run a command of hubpress and return its seconds."""
    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "hubpress", command, "conference-titles", "--quiet", *words], stdout=subprocess.DEVNULL
    )
    if ran.returncode:
        raise SystemExit(ran.returncode)
    return time.monotonic() - started


def measured(
    csv: Path, build: Path, *, processes: int, threads: int, seed: int, epochs: int, test: bool
) -> dict[str, float]:
    """Train and measure one model; return its rate and its figures."""
    settings = {
        "training.seed": seed,
        "training.num_train_epochs": epochs,
        "training.per_device_train_batch_size": BATCH // processes,
        "data.split.seed": 0,
        "evaluation.baselines": [],
        "evaluation.bootstrap_samples": 100,
        "onnx.export": "false",
    }
    words = ["--sample", "--data", str(csv), "--build-dir", str(build), "--threads", str(threads)]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    worked = _processor_seconds()
    seconds = run("train", [*words, "--processes", str(processes)])
    worked = _processor_seconds() - worked
    folder = build / "conference-titles"
    training = json.loads((folder / "train" / "training.json").read_text(encoding="utf-8"))
    assert (training["processes"], training["threads"]) == (processes, threads)
    rate = next(row["train_samples_per_second"] for row in training["log_history"] if "train_runtime" in row)
    name = training["main_metric"]
    return {
        "rate": rate,
        "seconds": seconds,
        "processor seconds": worked,
        # Of the last epoch: the best one may be the fitted head, which both have from one process.
        "validation": training["epochs"][-1]["metrics"][name],
        "test": _tested(folder, words)[name] if test else float("nan"),
        "last loss": training["epochs"][-1]["train_loss"],
    }


def _tested(folder: Path, words: list[str]) -> dict[str, float]:
    run("evaluate", words)  # by one process; the training is there
    found = json.loads((folder / "repo" / "evaluation.json").read_text(encoding="utf-8"))["metrics"]
    return {name: float(value) for name, value in found.items()}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows(found: dict[tuple[int, int], list[dict[str, float]]]) -> list[dict[str, Any]]:
    """Return the rows of a table: what was measured in each case, over its seeds."""
    first = found[CASES[0]]
    table = []
    for (processes, threads), runs in found.items():
        rates = [one["rate"] for one in runs]
        table.append(
            {
                "processes": processes,
                "threads each": threads,
                "records a step": BATCH,
                "seeds": len(runs),
                "samples a second (median)": round(statistics.median(rates), 1),
                "least": round(min(rates), 1),
                "most": round(max(rates), 1),
                "ratio (median of pairs)": round(
                    statistics.median(one["rate"] / other["rate"] for one, other in zip(runs, first, strict=True)), 2
                ),
                "seconds of the command (median)": round(statistics.median(one["seconds"] for one in runs), 1),
                "processor seconds (median)": round(statistics.median(one["processor seconds"] for one in runs), 1),
                "validation F1 of the last epoch (mean)": round(_mean(runs, "validation"), 4),
                **({} if math.isnan(runs[0]["test"]) else {"test F1 (mean)": round(_mean(runs, "test"), 4)}),
                "largest difference of a seed, validation": round(_apart(runs, first, "validation"), 4),
                "largest difference of a seed, training loss": round(_apart(runs, first, "last loss"), 4),
            }
        )
    return table


def _mean(runs: list[dict[str, float]], name: str) -> float:
    return statistics.mean(one[name] for one in runs)


def _apart(runs: list[dict[str, float]], first: list[dict[str, float]], name: str) -> float:
    return max(abs(one[name] - other[name]) for one, other in zip(runs, first, strict=True))


def main() -> None:
    """Train, measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="columns Title and Conference")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--test", action="store_true", help="measure each model on the test split, too")
    arguments = parser.parse_args()
    found: dict[tuple[int, int], list[dict[str, float]]] = {case: [] for case in CASES}
    for seed in range(arguments.seeds):
        for case in CASES if seed % 2 == 0 else CASES[::-1]:
            processes, threads = case
            with tempfile.TemporaryDirectory() as build:
                one = measured(
                    arguments.csv.absolute(), Path(build), processes=processes, threads=threads, seed=seed,
                    epochs=arguments.epochs, test=arguments.test,
                )  # fmt: skip
            found[case].append(one)
            print(f"seed {seed}, {processes} x {threads}: {one}", file=sys.stderr, flush=True)
    for row in rows(found):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
