"""Compare ways to train with few records: fine-tuning, a linear probe, and both after a contrastive warm-up.

    python tests/benchmarks/few_records.py title_conference.csv --draws 10 --per-class 16

Each draw takes so many records of each conference; of these every fifth is for validation, on which all choices are
made, and all other titles are the test split. Every way is a ``training:`` block of the same recipe with the same small
base model, and is trained and measured by ``hubpress.evaluate_model``. Prints a line a way and draw, then the means and
the paired differences with 95% intervals (Student's t over the draws). What has been measured is kept below
--build-dir, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import hubpress

WAYS = {
    "fine_tune, 4 epochs": "{num_train_epochs: 4, learning_rate: 5e-5, warmup_steps: 0.1}",
    "fine_tune, 40 epochs": "{num_train_epochs: 40, learning_rate: 2e-4, warmup_steps: 0.1}",
    "linear_probe": "{method: linear_probe}",
    "linear_probe, contrastive": "{method: linear_probe, contrastive: {}}",
}
"""The first two are the recipe's own settings, and what gives small bases time to learn from few records."""
_WHICH = ["train", "validation", "test"]
_QUICK = (
    *("onnx.export=false", "evaluation.baselines=[]", "evaluation.bootstrap_samples=100"),
    "provenance.bill_of_materials=false",
)


def draw(table: pd.DataFrame, folder: Path, *, per_class: int, seed: int) -> None:
    """Write the splits of one draw as CSV files."""
    mixed = table.sample(frac=1, random_state=seed)
    place = mixed.groupby("Conference").cumcount()
    names = np.where(place >= per_class, "test", np.where(place % 5 == 4, "validation", "train"))
    folder.mkdir(parents=True, exist_ok=True)
    for name in _WHICH:
        mixed[names == name].to_csv(folder / f"{name}.csv", index=False)


def measure(training: str, folder: Path) -> float:
    """Return the weighted F1 on test of the model that a ``training:`` block makes of a draw."""
    files = ", ".join(f"{name}: {name}.csv" for name in _WHICH)
    words = [f"data.files={{{files}}}", "data.split={method: given}", f"training={training}", *_QUICK]
    recipe = hubpress.load_recipe("conference-titles", sample=True, data=str(folder), overrides=words)
    with tempfile.TemporaryDirectory(dir=folder) as build:
        return hubpress.evaluate_model(recipe, build_dir=build, quiet=True, threads=1).metrics["f1_weighted"]


def tell(found: dict[str, list[float]]) -> None:
    """Print the mean of each way, and how far each two are apart, in points of weighted F1."""
    for way, values in found.items():
        print(f"{way}: {100 * np.mean(values):.1f} (from {100 * min(values):.1f} to {100 * max(values):.1f})")
    for first, second in itertools.combinations(found, 2):
        apart = 100 * (np.array(found[second]) - np.array(found[first]))
        half = stats.t.ppf(0.975, len(apart) - 1) * stats.sem(apart) if len(apart) > 1 else float("nan")
        print(f"{second} less {first}: {apart.mean():+.1f} ({apart.mean() - half:+.1f} to {apart.mean() + half:+.1f})")


def main() -> None:
    """Draw, train, measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="columns Title and Conference")
    parser.add_argument("--per-class", type=int, default=16)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--build-dir", type=Path, default=Path("build/few-records"))
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.csv).drop_duplicates("Title")
    found: dict[str, list[float]] = {way: [] for way in arguments.ways}
    for seed in range(arguments.draws):
        folder = arguments.build_dir.absolute() / f"{arguments.per_class}" / f"draw-{seed}"
        draw(table, folder, per_class=arguments.per_class, seed=seed)
        for way in arguments.ways:
            kept = folder / f"{way}.json"
            if not kept.is_file():
                value = measure(WAYS[way], folder)
                kept.write_text(json.dumps({"training": WAYS[way], "f1_weighted": value}), encoding="utf-8")
            found[way].append(json.loads(kept.read_text(encoding="utf-8"))["f1_weighted"])
            print(f"draw {seed}, {way}: {found[way][-1]:.4f}", flush=True)
    tell(found)


if __name__ == "__main__":
    main()
