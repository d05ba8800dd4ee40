"""Measure what evaluating thousands of labels costs in memory: a tiny random model on synthetic records.

    python tests/benchmarks/evaluation_memory.py --rows 200000 --labels 4516

Prints JSON, a line for each number of rows: the process's peak memory before and after the evaluation, in megabytes,
and seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from hubpress.content import content_dir
from hubpress.data.stored import load_split
from hubpress.inference.pipeline import load_pipeline
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts, SplitMethod
from hubpress.tasks.registry import task_of

WORDS = [
    f"{first}{second}" for first in "bdfgklmnprst" for second in ("an", "el", "is", "or", "um", "ake", "ing", "ow")
]


def peak() -> float:
    """Return the process's highest resident memory so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_model(folder: Path, labels: list[str]) -> None:
    """Save a random BERT of one small layer with these labels."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    BertWordPieceTokenizer({piece: number for number, piece in enumerate(pieces)}).save(str(folder / "tokenizer.json"))
    tokenizer = BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        **{"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32},
        max_position_embeddings=64,
        initializer_range=0.5,
        problem_type="single_label_classification",
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)


def make_data(folder: Path, labels: list[str], rows: int) -> None:
    """Save splits of synthetic titles and abstracts, each with its record, as the data stage does."""
    draw = random.Random(0)

    def record(index: int) -> dict[str, object]:
        title, abstract = " ".join(draw.choices(WORDS, k=8)), " ".join(draw.choices(WORDS, k=25))
        fields = {"title": title, "abstract": abstract if index % 4 else ""}
        return {"text": f"{title} {abstract}", "label": index % len(labels), "row": index, "record": json.dumps(fields)}

    counts = {"train": len(labels), "validation": len(labels), "test": rows}
    for name, count in counts.items():
        Dataset.from_generator(
            lambda count=count: (record(index) for index in range(count)), cache_dir=str(folder / "cache")
        ).save_to_disk(str(folder / name))
    parents = {
        label: {"subfield": f"S{number % 252}", "field": f"F{number % 26}", "domain": f"D{number % 4}"}
        for number, label in enumerate(labels)
    }
    SplitFacts(
        labels=tuple(labels),
        counts=counts,
        label_counts={name: {} for name in counts},
        fingerprints={},
        dropped={},
        split=SplitMethod(method="given", test_size=0, validation_size=0, seed=0, column=None),
        parents=parents,
    ).save(folder / "data.json")


def evaluate(recipe: Recipe, folder: Path, pipe: Any, labels: list[str], rows: int) -> dict[str, int]:
    """Return what evaluating so many records took, beyond the peak before it."""
    make_data(folder, labels, rows)
    before, started = peak(), time.monotonic()
    task = task_of(recipe, SplitFacts.load(folder / "data.json"))
    measured = task.measure(pipe, load_split(folder, "test"))
    splits = {name: load_split(folder, name) for name in ("train", "validation", "test")}
    task.baselines(splits, pipe.tokenizer, ours=measured.predictions)
    result = {"rows": rows, "labels": len(labels), "slices": len(measured.figures.slices)}
    result |= {"MB before": round(before), "peak MB": round(peak()), "MB above": round(peak() - before)}
    return {**result, "seconds": round(time.monotonic() - started)}


def main() -> None:
    """Make a model and records, evaluate, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000], help="how many records, one after another")
    parser.add_argument("--labels", type=int, default=4516)
    arguments = parser.parse_args()
    labels = [f"{10000 + number}: Topic {number}" for number in range(arguments.labels)]
    recipe = load_recipe("openalex-topics", models_dir=content_dir("models"), overrides=["tokenizer.max_length=64"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "repo").mkdir()
        make_model(folder / "repo", labels)
        pipe = load_pipeline(str(folder / "repo"), task=recipe.stock_task)
        pipe("warm up", top_k=10)
        for number, rows in enumerate(arguments.rows):
            print(json.dumps(evaluate(recipe, folder / f"data-{number}", pipe, labels, rows)))


if __name__ == "__main__":
    main()
