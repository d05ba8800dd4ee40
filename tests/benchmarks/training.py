"""Time the training of conference titles in three ways, and hold their validation figures against each other.

    python tests/benchmarks/training.py title_conference.csv --seeds 3

All use all-MiniLM-L6-v2 and the same splits. "reference" is the published notebook's loop: every text padded to 256
tokens, batches of 3, eager attention, all weights; so many --steps of it are timed. "Trainer" is transformers' own with
dynamic padding, and the recipe's batch size, rates and frozen parts; "hubpress" is the training stage with the recipe's
`sample` part. Both are timed from loading the base to the best epoch's weights, over all epochs, with what they save
and measure after each. The ways take turns, once a seed. Prints JSON lines: the runs, then a line for each way with its
medians and how often faster hubpress is.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from sklearn.metrics import f1_score

from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.data.stored import load_split
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.registry import task_of
from hubpress.train.base_model import load_base
from hubpress.train.trainer import encode, train

_REFERENCE = {"length": 256, "batch": 3, "learning_rate": 1e-5}
_SETTINGS = ("learning_rate", "num_train_epochs", "warmup_steps", "lr_scheduler_type", "seed")
_SIZES = ("per_device_train_batch_size", "per_device_eval_batch_size")


@dataclass(frozen=True)
class Run:
    """What one way took for how many samples, and how good it was."""

    way: str
    samples: int
    wall: float
    processor: float
    f1: float | None = None

    def told(self, seed: int) -> dict[str, str | float]:
        """Return it as a line."""
        return {
            "way": self.way,
            "seed": seed,
            "samples": self.samples,
            "samples per second": round(self.samples / self.wall, 1),
            "samples per processor second": round(self.samples / self.processor, 1),
            "best weighted F1 on validation": "-" if self.f1 is None else round(self.f1, 4),
        }


def timed(way: str, work: Callable[[], tuple[int, float | None]]) -> Run:
    """Do it; return what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    samples, f1 = work()
    return Run(way, samples, time.perf_counter() - wall, time.process_time() - processor, f1)


def base_of(recipe: Recipe, data: Path) -> tuple[Any, Any]:
    """Return the task and the base model with a fresh head."""
    splits = SplitFacts.load(data / SPLITS_FACTS)
    task = task_of(recipe, splits)
    transformers.set_seed(recipe.training.arguments["seed"])
    return task, load_base(recipe, task, splits.labels)


def as_reference(recipe: Recipe, data: Path, steps: int) -> Run:
    """Time some steps of the notebook's loop, without loading anything."""
    base = base_of(recipe, data)[1]
    base.model.set_attn_implementation("eager")
    base.model.train()
    some = load_split(data, "train").select(range(steps * _REFERENCE["batch"]))
    tokens = base.tokenizer(
        list(some["text"]),
        padding="max_length",
        truncation=True,
        max_length=_REFERENCE["length"],
        return_tensors="pt",
    )
    labels = torch.tensor(some["label"])
    optimizer = torch.optim.AdamW(base.model.parameters(), lr=_REFERENCE["learning_rate"])

    def work() -> tuple[int, None]:
        for start in range(0, len(some), _REFERENCE["batch"]):
            rows = slice(start, start + _REFERENCE["batch"])
            base.model(**{name: tokens[name][rows] for name in tokens}, labels=labels[rows]).loss.backward()
            torch.nn.utils.clip_grad_norm_(base.model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
        return len(some), None

    return timed("reference", work)


def as_trainer(recipe: Recipe, data: Path, folder: Path) -> Run:
    """Train by transformers' Trainer as it is, with the recipe's frozen parts."""
    given = recipe.training.arguments

    def metrics(answers: Any) -> dict[str, float]:
        truth, found = answers.label_ids, np.argmax(answers.predictions, axis=-1)
        return {"f1": float(f1_score(truth, found, average="weighted"))}

    def work() -> tuple[int, float]:
        task, base = base_of(recipe, data)
        for part in recipe.training.freeze:
            base.model.base_model.get_submodule(part).requires_grad_(False)
        encoded = {
            name: encode(task, base.tokenizer, data, name, folder / "encoded") for name in ("train", "validation")
        }
        trainer = transformers.Trainer(
            model=base.model,
            args=transformers.TrainingArguments(
                output_dir=str(folder), eval_strategy="epoch", save_strategy="epoch", logging_strategy="epoch",
                save_total_limit=1, load_best_model_at_end=True, metric_for_best_model="f1", disable_tqdm=True,
                report_to="none", use_cpu=True, **{name: given[name] for name in (*_SETTINGS, *_SIZES)},
            ),
            train_dataset=encoded["train"],
            eval_dataset=encoded["validation"],
            data_collator=transformers.DataCollatorWithPadding(base.tokenizer),
            compute_metrics=metrics,
        )  # fmt: skip
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
        return len(encoded["train"]) * int(given["num_train_epochs"]), float(trainer.state.best_metric)

    return timed("Trainer", work)


def as_hubpress(recipe: Recipe, data: Path, folder: Path) -> Run:
    """Train as `hubpress train` does."""

    def work() -> tuple[int, float]:
        facts = train(recipe, data, folder, quiet=True)
        best = max(row.metrics["f1_weighted"] for row in facts.epochs)
        trained = [row for row in facts.epochs if row.epoch > 0]  # a probe's row stands before them
        return SplitFacts.load(data / SPLITS_FACTS).counts["train"] * len(trained), best

    return timed("hubpress", work)


def compared(runs: list[Run]) -> list[dict[str, str | float]]:
    """Return a line for each way: its median rates, how often faster hubpress is, and the mean of its figures."""
    lines = []
    for way in dict.fromkeys(run.way for run in runs):
        line: dict[str, str | float] = {"way": way}
        for unit, seconds in (("second", "wall"), ("processor second", "processor")):
            rate, ours = (
                statistics.median(run.samples / getattr(run, seconds) for run in runs if run.way == one)
                for one in (way, "hubpress")
            )
            line |= {f"median samples per {unit}": round(rate, 1), f"hubpress, per {unit}": f"{ours / rate:.2f}x"}
        found = [run.f1 for run in runs if run.way == way and run.f1 is not None]
        lines.append({**line, "mean best F1": round(statistics.mean(found), 4) if found else "-"})
    return lines


def main() -> None:
    """Prepare the records, let the ways take turns, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="columns Title and Conference")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12, help="of the reference's way, for each seed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="over the recipe, for both ways")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    # More records for validation than the sample takes: with 5% of them one record is a point.
    words = ["data.split.validation_size=0.15", *given.set]
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(given.seeds):
            settings = [*words, f"training.seed={seed}"]
            recipe = load_recipe("conference-titles", sample=True, data=str(given.csv), overrides=settings)
            if seed == 0:
                prepare(recipe, source_files(recipe), folder / "data", cache_dir=folder / "cache")
            for way in (
                lambda recipe=recipe: as_reference(recipe, folder / "data", given.steps),
                lambda recipe=recipe, seed=seed: as_trainer(recipe, folder / "data", folder / f"trainer-{seed}"),
                lambda recipe=recipe, seed=seed: as_hubpress(recipe, folder / "data", folder / f"hubpress-{seed}"),
            ):
                runs.append(way())
                print(json.dumps(runs[-1].told(seed)), flush=True)
                print(f"seed {seed}: {runs[-1].way} is done", file=sys.stderr, flush=True)
    for line in compared(runs):
        print(json.dumps({**line, "threads": given.threads, "epochs": recipe.training.arguments["num_train_epochs"]}))


if __name__ == "__main__":
    main()
