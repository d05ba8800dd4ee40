"""What is said of a run on its way: records a second, and a time left that counts only what this run has to answer."""

from __future__ import annotations

import gzip
import logging
import random
import time
from pathlib import Path

import fsspec
import pytest

from hubpress.score.progress import Ahead, Progress
from hubpress.score.readers import Wanted, rows_of
from hubpress.score.rows import Chunk
from hubpress.score.sources import Source


@pytest.mark.parametrize(("ahead", "part", "share", "says"), [
    ([Ahead(1000)], 0, 0.1, "9000 s"),  # 10,000 rows, of which the first thousand are answered
    ([Ahead(1000), Ahead(500)], 0, 0.1, "14000 s"),
    ([Ahead(1000, {0: 1000, 1: 1000, 2: 1000})], 3, 0.4, "6000 s"),  # what an earlier run has answered counts no more
    ([Ahead(1000, {1: 1000, 2: 1000, 3: 1000})], 0, 0.1, "6000 s"),  # nor where it stands behind
    ([Ahead(1000, {}, (0, 2))], 0, 0.1, "4500 s"),  # every second part is another task's
    ([Ahead(1000), Ahead(0)], 0, 0.1, "9000 s"),  # the second file is answered whole
])  # fmt: skip
def test_the_time_left_is_that_of_the_rows_left(
    ahead: list[Ahead], part: int, share: float, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand rows in a thousand seconds, on the way through files of ten bytes to a hundred rows."""
    seconds = float(says.removesuffix(" s"))
    with caplog.at_level(logging.INFO, "hubpress.score.progress"):
        progress = Progress(ahead, rows_per_part=1000)
        progress.add(Chunk(0, part, share=share), 1000, cpu_seconds=1.0, since=time.monotonic() - 1000)
    said = caplog.records[-1].getMessage()
    assert said.startswith("1,000 records done, 1 a second, about ")
    expected = f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
    assert said.endswith(f"about {expected} left")


@pytest.mark.parametrize(("rows", "packing"), [(30_000, ""), (30_000, ".gz"), (600, ""), (600, ".gz")])
def test_of_csv_the_share_is_that_of_the_rows_and_not_of_what_is_read_ahead(
    rows: int, packing: str, tmp_path: Path
) -> None:
    """The reader takes megabytes at once: a third of the rows is about a third of the file, packed or not, long or
    short."""
    draw = random.Random(0)
    path = tmp_path / f"long.csv{packing}"
    with (gzip.open if packing else open)(path, "wt", encoding="utf-8") as file:
        file.write("title\n")
        file.writelines(f"{draw.randbytes(100).hex()}\n" for _ in range(rows))
    local = fsspec.filesystem("file")
    source = Source(local, str(path), path.name, "csv", "gzip" if packing else None, path.stat().st_size)
    shares = [share for _, share in rows_of(source, Wanted({"title": "title"}, None))]
    assert len(shares) == rows
    assert shares[rows // 3] == pytest.approx(1 / 3, abs=0.1)
    assert shares[2 * rows // 3] == pytest.approx(2 / 3, abs=0.1)
