"""Texts a second of a release's own pipeline beside the stock one, and of its int8 file beside torch, in one run.

    python tests/benchmarks/pipelines.py build/asjc-subjects/repo [--labels 307 4516] [--texts 256]

The folder is a multi-label release's; for each number of labels its head is replaced by a random one of that size,
whose scores name about three. Texts are of one length (12 words), or three of four are and one has an abstract (100 to
250 words). Both pipelines answer the same list at the same batch size; the stock one gives all scores, the own one the
labels above the threshold. Prints a line of JSON for each way: texts a second of the processor (two threads, so that
both cores count), the median of the rounds, in which all take turns, and what that is of the first way's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, pipeline

from hubpress.inference.onnx import run, session

WORDS = [
    "light",
    "field",
    "model",
    "of",
    "deep",
    "cell",
    "growth",
    "in",
    "soil",
    "water",
    "under",
    "heat",
    "with",
    "data",
]
ROUNDS = 3
NAMED = 3  # labels of a text, about


def main() -> None:
    """Compare, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=int, nargs="+", default=[307, 4516])
    parser.add_argument("--texts", type=int, default=256)
    given = parser.parse_args()
    torch.set_num_threads(2)
    draw = np.random.default_rng(0)
    lists = {
        "like": [sentence(draw, 12) for _ in range(given.texts)],
        "mixed": [
            sentence(draw, int(draw.integers(100, 251)) if index % 4 == 0 else 12) for index in range(given.texts)
        ],
    }
    with tempfile.TemporaryDirectory() as temporary:
        for count in given.labels:
            folder = with_labels(given.folder, count, Path(temporary) / str(count), lists["like"])
            compare(folder, count, lists)
    int8(given.folder, lists["like"][:64])


def compare(folder: Path, count: int, lists: dict[str, list[str]]) -> None:
    """Compare both pipelines of a folder."""
    stock: Any = pipeline("text-classification", model=str(folder), top_k=None, function_to_apply="sigmoid")
    own: Any = pipeline(model=str(folder), trust_remote_code=True)
    for lengths, size in (("like", 1), ("like", 32), ("mixed", 32)):
        texts = lists[lengths] if size > 1 else lists[lengths][:64]
        ways = {
            "stock": partial(stock, texts, batch_size=size, truncation=True),
            "own": partial(own, texts, batch_size=size),
        }
        tell({"labels": count, "lengths": lengths, "batch size": size}, len(texts), ways)


def sentence(draw: np.random.Generator, words: int) -> str:
    """Return so many words."""
    return " ".join(WORDS[index] for index in draw.integers(0, len(WORDS), words))


def with_labels(folder: Path, count: int, copy: Path, texts: list[str]) -> Path:
    """Return a copy of a release with a random head of so many labels, about three of them above the threshold."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("onnx", "figures", "*.md"))
    weights, config = load_file(copy / "model.safetensors"), json.loads((copy / "config.json").read_text())
    torch.manual_seed(0)
    weights["classifier.weight"] = torch.randn(count, weights["classifier.weight"].shape[1]) * 0.05
    weights["classifier.bias"] = torch.zeros(count)
    names = [f"label {index}" for index in range(count)]
    config |= {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}
    config.pop("parents", None)
    (copy / "config.json").write_text(json.dumps(config))
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    probe: Any = pipeline("text-classification", model=str(copy), top_k=NAMED + 1, function_to_apply="none")
    lowest = statistics.median(answers[-1]["score"] for answers in probe(texts[:32]))
    weights["classifier.bias"] -= lowest - np.log(config["threshold"] / (1 - config["threshold"]))
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


def int8(folder: Path, texts: list[str]) -> None:
    """Compare one text at a time: torch, the float file and the int8 file of the release."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stock: Any = pipeline("text-classification", model=str(folder), top_k=None, function_to_apply="sigmoid")
    ways: dict[str, Callable[[], Any]] = {"torch": partial(stock, texts)}
    for name in ("model.onnx", "model_int8.onnx", "model_quantized.onnx"):
        ways[name] = partial(by_file, session(folder / "onnx" / name, threads=2), tokenizer, texts)
    tell({"batch size": 1}, len(texts), ways)


def by_file(opened: Any, tokenizer: Any, texts: list[str]) -> list[Any]:
    """Return the logits of an ONNX file, one text at a time."""
    return [run(opened, dict(tokenizer(text, return_tensors="np", truncation=True))) for text in texts]


def tell(what: dict[str, Any], count: int, ways: Mapping[str, Callable[[], Any]]) -> None:
    """Print the texts a second of each way, and how many times the first's they are."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, ask in ways.items():
            started = time.process_time()
            ask()
            if turn:  # the first warms up
                rates[name].append(count / (time.process_time() - started))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    first = next(iter(medians.values()))
    for name, rate in medians.items():
        row = {**what, "way": name, "texts a second of the processor": round(rate), "beside": f"{rate / first:.2f}x"}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
