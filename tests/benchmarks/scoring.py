"""Records a second of `hubpress score` beside what people would write, in one run: JSON, a row for each way.

``python tests/benchmarks/scoring.py MODEL_FOLDER RECORDS.csv COLUMN [--records 2000] [--workers 1 2] [--int8] [--ray]``

By seconds of the processor, which another program on the machine changes little; loading the model does not count. Each
way answers the same records, and its labels are counted against those of the stock pipeline, one text at a time.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}

from datasets import Dataset
from pyarrow import parquet
from transformers import pipeline

import hubpress


def by_pipeline(pipe: Any, texts: list[str], size: int) -> list[str]:
    """Return the labels of the stock pipeline, so many texts at a time."""
    return [answer["label"] for answer in pipe(texts, batch_size=size, truncation=True)]


def by_map(pipe: Any, texts: list[str]) -> list[str]:
    """Return the labels of the pipeline in ``Dataset.map``, 32 at a time."""
    rows = Dataset.from_dict({"text": texts}).map(
        lambda batch: {"label": [one["label"] for one in pipe(batch["text"], batch_size=32, truncation=True)]},
        batched=True,
        batch_size=1000,
    )
    return list(rows["label"])


def measured(ask: Callable[[], list[str]]) -> tuple[list[str], float, float]:
    """Return what a way answers, its seconds of the processor, and those by the clock."""
    cpu, clock = time.process_time(), time.monotonic()
    return ask(), time.process_time() - cpu, time.monotonic() - clock


def scored(folder: Path, file: Path, column: str, **options: Any) -> tuple[list[str], float, float]:
    """Return the same of `hubpress score`."""
    with tempfile.TemporaryDirectory() as out:
        before = time.process_time()
        named = [column] if len(hubpress_fields(folder)) == 1 else []
        result = hubpress.score_files(folder, str(file), out, text_columns=named, **options)
        driver = time.process_time() - before
        rows = [row for part in sorted(Path(out).glob("*.parquet")) for row in parquet.read_table(part).to_pylist()]
    labels = [row["labels"][0] for row in sorted(rows, key=lambda row: row["id"])]
    return labels, result.cpu_seconds + driver, result.seconds


def hubpress_fields(folder: Path) -> Iterable[str]:
    """Return the fields that a model reads."""
    from hubpress.input_template import fields_of
    from hubpress.schemas.model_config import ModelConfig

    return fields_of(ModelConfig.load(folder / "config.json").input_template or "{{ text }}")


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("column")
    parser.add_argument("--records", dest="count", type=int, default=2000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--ray", action="store_true")
    args = parser.parse_args()
    with args.records.open(encoding="utf-8", newline="") as stream:
        texts = [row[args.column] for row in csv.DictReader(stream)]
    texts = (texts * (args.count // len(texts) + 1))[: args.count]
    pipe = pipeline("text-classification", model=str(args.model), device="cpu")
    pipe(texts[:8])
    found = {
        "stock pipeline, one at a time": measured(lambda: [pipe(text, truncation=True)[0]["label"] for text in texts]),
        "stock pipeline, batches of 32": measured(lambda: by_pipeline(pipe, texts, 32)),
        "datasets.map, batches of 32": measured(lambda: by_map(pipe, texts)),
    }
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "records.parquet"
        Dataset.from_dict({"id": list(range(len(texts))), args.column: texts}).to_parquet(file)
        for int8 in (False, True) if args.int8 else (False,):
            for workers in args.workers:
                name = f"hubpress score, {workers} worker(s){', int8' if int8 else ''}"
                found[name] = scored(args.model, file, args.column, workers=workers, int8=int8)
        for workers in args.workers if args.ray else ():
            name = f"hubpress score --engine ray, {workers} worker(s)"
            found[name] = scored(args.model, file, args.column, workers=workers, engine="ray")
    stock = next(iter(found.values()))
    for name, (labels, cpu, clock) in found.items():
        same = sum(one == other for one, other in zip(labels, stock[0], strict=True))
        row = {
            "way": name, "records": len(texts), "records a second of the processor": round(len(texts) / cpu, 1),
            "beside stock": f"{stock[1] / cpu:.2f}x", "records a second": round(len(texts) / clock, 1),
            "labels as stock": f"{same:,} of {len(texts):,}",
        }  # fmt: skip
        print(json.dumps(row))


if __name__ == "__main__":
    sys.exit(main())
