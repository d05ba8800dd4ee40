"""What preparing many parquet rows costs: seconds and the peak memory of a fresh process, as one line of JSON.

python tests/benchmarks/preparing_memory.py --rows 2000000
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

LABELS = 50
BATCH = 100_000


def write_rows(path: Path, rows: int) -> None:
    """Write titles of a dozen words, each once, and their labels as ids of ``datasets.ClassLabel``."""
    import pyarrow as pa
    from datasets import ClassLabel, Features, Value
    from pyarrow import parquet

    names = [f"label {number}" for number in range(LABELS)]
    schema = Features({"text": Value("string"), "topic": ClassLabel(names=names)}).arrow_schema
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, BATCH):
            numbers = range(start, min(start + BATCH, rows))
            words = " ".join(f"word{number}" for number in range(10))
            columns = {"text": [f"{words} {number}" for number in numbers], "topic": [n % LABELS for n in numbers]}
            writer.write_table(pa.table(columns, schema=schema))


def main() -> None:
    """Write the rows, prepare them in this process and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    rows = parser.parse_args().rows

    from helpers.records import recipe_with
    from hubpress.data.prepare import prepare
    from hubpress.data.sources import source_files

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        folder.mkdir()
        write_rows(folder / "records.parquet", rows)
        recipe = recipe_with(folder, source="records.parquet")
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        prepare(recipe, source_files(recipe), Path(name) / "data", cache_dir=Path(name) / "cache")
        seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps({"rows": rows, "seconds": round(seconds, 1), "peak_mb": peak // 1024, "before_mb": before // 1024})
    )


if __name__ == "__main__":
    main()
