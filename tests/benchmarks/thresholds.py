"""Time the choosing of thresholds for many labels and records: random scores, a few positives a record.

    python tests/benchmarks/thresholds.py --labels 307 --rows 200000

Prints JSON, a line for the common threshold and one for each label's own (five-fold cross-validation): processor
seconds, and the process's highest resident memory until then, in megabytes.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from hubpress.metrics.thresholds import best_common_threshold, best_label_thresholds


def main() -> None:
    """Draw the scores, choose, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=307)
    parser.add_argument("--rows", type=int, default=200_000)
    given = parser.parse_args()
    draw = np.random.default_rng(0)
    truth = draw.random((given.rows, given.labels), dtype=np.float32) < 3 / given.labels
    scores = draw.random(truth.shape, dtype=np.float32)
    scores[truth] = np.sqrt(scores[truth])  # higher where the label is right, by enough for thresholds to matter
    started = time.process_time()
    common = best_common_threshold(scores, truth, beside=0.3)
    tell("common threshold", started, given.labels, given.rows)
    started = time.process_time()
    best_label_thresholds(scores, truth, common=common)
    tell("thresholds of labels", started, given.labels, given.rows)


def tell(what: str, started: float, labels: int, rows: int) -> None:
    """Print a line of what was done since *started*."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = round(time.process_time() - started, 1)
    print(
        json.dumps({"chosen": what, "labels": labels, "rows": rows, "processor seconds": took, "peak MB": round(peak)})
    )


if __name__ == "__main__":
    main()
