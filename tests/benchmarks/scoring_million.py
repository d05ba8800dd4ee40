"""A million short texts through `hubpress score`, killed twice on the way: speed, memory, one answer for each id.

``python tests/benchmarks/scoring_million.py [MODEL_FOLDER] [--records 1000000] [--few 20000] [--workers 2] [--int8]``

The records are made here: titles of made-up words, the same for the same number. First a few of them are answered, then
all, so that memory can be compared. Of the many, kill -9 ends a worker after a tenth and the driver after a third, and
the same command goes on. Without a model it is a tiny random one, which leaves all but the model.
``--work DIR`` keeps records and answers there, so that a benchmark that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from hubpress.input_template import fields_of
from hubpress.schemas.model_config import ModelConfig

SYLLABLES = ("ka", "lo", "mi", "ner", "tas", "vel", "dro", "pin", "sur", "gat", "hem", "bri")
_LOOK_SECONDS = 0.5
_ROWS = 50_000  # that are held while records are made or ids are counted


@dataclass
class Watched:
    """A run that is looked at until it ends: what it needed at most, in MB, and how often it was killed."""

    seconds: float = 0.0
    driver: float = 0.0
    worker: float = 0.0
    kills: list[str] = field(default_factory=list)
    code: int = 0


def made(path: Path, count: int, name: str) -> Path:
    """Write records with ids from 0 on, and one title each in the column *name*; those that are there are kept."""
    if path.is_file():
        return path
    draw = random.Random(14)
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(20_000)]
    partial = path.with_suffix(".partial")
    with parquet.ParquetWriter(partial, pa.schema([("id", pa.int64()), (name, pa.string())])) as writer:
        for start in range(0, count, _ROWS):
            ids = list(range(start, min(start + _ROWS, count)))
            titles = [" ".join(draw.choices(words, k=draw.randint(3, 14))).capitalize() for _ in ids]
            writer.write_table(pa.table({"id": pa.array(ids, pa.int64()), name: titles}))
    return partial.rename(path)


def tiny_model(folder: Path) -> Path:
    """Save a random BERT of one small layer over the syllables, with a decision and an ONNX file; return its folder."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import (
        AutoModelForSequenceClassification,
        BertConfig,
        BertForSequenceClassification,
        BertTokenizerFast,
    )

    from hubpress.assemble.onnx_export import export_onnx

    if folder.is_dir():
        return folder
    partial = folder.with_suffix(".partial")
    partial.mkdir(parents=True, exist_ok=True)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *SYLLABLES, *(f"##{one}" for one in SYLLABLES)]
    BertWordPieceTokenizer({piece: number for number, piece in enumerate(pieces)}).save(str(partial / "tokenizer.json"))
    BertTokenizerFast(tokenizer_file=str(partial / "tokenizer.json"), model_max_length=64).save_pretrained(partial)
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(
        vocab_size=len(pieces), max_position_embeddings=64, **sizes, problem_type="single_label_classification",
        id2label={0: "one", 1: "two", 2: "three"}, label2id={"one": 0, "two": 1, "three": 2},
    )  # fmt: skip
    config.update({"decision": {"rule": "argmax"}, "input_template": "{{ title }}"})
    BertForSequenceClassification(config).save_pretrained(partial)
    export_onnx(
        partial, ["Kalo miner", "Tasvel"], model_class=AutoModelForSequenceClassification,
        problem_type="single_label_classification",
    )  # fmt: skip
    return partial.rename(folder)


def parts_in(folder: Path) -> int:
    """Return how many parts are complete."""
    return sum(1 for _ in folder.glob("receipts/part-*.json") if not _.name.endswith(".bad.jsonl"))


def peak_of(process: int) -> float:
    """Return the largest resident memory that a process has had, in MB; 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def children_of(process: int) -> list[int]:
    """Return all processes below one."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, above = [], {process}
    while above := {one for one, parent in parents.items() if parent in above}:
        found += sorted(above)
    return found


def is_worker(process: int) -> bool:
    """Return whether it is a process that answers, and no keeper of one."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"hubpress.score.worker" in words and b"-c" not in words  # as keepers are started


def run(command: list[str], said: Path, look: Callable[[int, list[int]], str | None]) -> Watched:
    """Run a command to its end; *look* is told driver and workers now and then, and says whom it has killed."""
    found, started = Watched(), time.monotonic()
    with said.open("ab") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        while process.poll() is None:
            workers = [one for one in children_of(process.pid) if is_worker(one)]
            found.driver = max(found.driver, peak_of(process.pid))
            found.worker = max([found.worker, *map(peak_of, workers)])
            if killed := look(process.pid, workers):
                found.kills.append(killed)
            time.sleep(_LOOK_SECONDS)
    finally:
        process.kill()
    found.seconds, found.code = time.monotonic() - started, process.returncode
    return found


def counted(out: Path, count: int) -> tuple[int, int, int]:
    """Return how many ids have no answer, how many have several, and how many answers there are."""
    times = np.zeros(count, dtype=np.int64)
    for part in sorted(out.glob("part-*.parquet")):
        with parquet.ParquetFile(part) as table:
            for batch in table.iter_batches(batch_size=_ROWS, columns=["id"]):
                times += np.bincount(batch.column("id").to_numpy(), minlength=count)
    return int((times == 0).sum()), int((times > 1).sum()), int(times.sum())


class Killer:
    """Ends a worker after a tenth of the parts, and the driver after a third."""

    def __init__(self, out: Path, parts: int) -> None:
        self._out, self._places = out, [("worker", parts // 10), ("driver", parts // 3)]

    def __call__(self, driver: int, workers: list[int]) -> str | None:
        """Return whom it has killed, if it has."""
        if not self._places or not workers or parts_in(self._out) < max(self._places[0][1], 1):
            return None
        name, _ = self._places.pop(0)
        os.kill(workers[0] if name == "worker" else driver, signal.SIGKILL)
        return name


def scored(args: argparse.Namespace, work: Path, count: int, *, kills: bool) -> dict[str, str | int | float]:
    """Answer so many records, and return what it took."""
    names = list(fields_of(ModelConfig.load(args.model / "config.json").input_template or "{{ text }}"))
    records, out = made(work / f"records-{count}.parquet", count, names[0]), work / f"answers-{count}"
    empty = [word for name in names[1:] for word in ("--text-column", f"{name}=")]
    command = [
        sys.executable, "-m", "hubpress", "score", str(args.model), "--input", str(records), "--output", str(out),
        "--workers", str(args.workers), "--rows-per-part", str(args.rows_per_part), *empty,
        *(["--int8"] if args.int8 else []),
    ]  # fmt: skip
    parts, before = -(-count // args.rows_per_part), parts_in(out)
    killer = Killer(out, parts) if kills and not before else lambda driver, workers: None
    runs = [run(command, work / "said.txt", killer)]
    while runs[-1].code == -signal.SIGKILL and len(runs) < 3:
        print(f"the driver was killed at part {parts_in(out)} of {parts}: again", file=sys.stderr)
        runs.append(run(command, work / "said.txt", killer))
    if runs[-1].code != 0:
        sys.exit(f"hubpress score ended with {runs[-1].code}: {(work / 'said.txt').read_text()[-500:]}")
    missing, doubled, answers = counted(out, count)
    seconds = sum(one.seconds for one in runs)
    fresh = count - min(before * args.rows_per_part, count)
    return {
        "records": count, "answered now": fresh, "workers": args.workers, "seconds": round(seconds, 1),
        "records a second": round(fresh / seconds, 1), "driver, MB at most": round(max(one.driver for one in runs)),
        "a worker, MB at most": round(max(one.worker for one in runs)),
        "killed by kill -9": ", ".join(name for one in runs for name in one.kills) or "none",
        "answers": answers, "ids without an answer": missing, "ids with several": doubled,
    }  # fmt: skip


def main() -> None:
    """Print a row of the few records, and one of the many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows-per-part", type=int, default=16_384)
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--work", type=Path)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it ends what it has started
    with tempfile.TemporaryDirectory() as scratch:
        work = args.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        args.model = args.model or tiny_model(work / "model")
        for count, kills in ((args.few, False), (args.records, True)):
            if count:
                print(json.dumps(scored(args, work, count, kills=kills)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
