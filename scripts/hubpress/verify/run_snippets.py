"""Each snippet of a card as a script of its own, with what it prints out of the way.

Run as ``python -m hubpress.verify.run_snippets snippet_NUMBER.py…``.

One process for all snippets of a card, since each would spend most of its time importing torch and transformers.
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

FAILED = "snippet"
FILE = "snippet_"
"""What a file is called before the number of its snippet among the card's Python blocks."""


def main(files: Sequence[str]) -> int:
    """Run every file; print one line for each that fails, and return how many did."""
    failures = 0
    for file in files:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                runpy.run_path(file, run_name="__main__")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a snippet raises is the finding
            if isinstance(error, SystemExit) and error.code in (None, 0):
                continue
            failures += 1
            words = (str(error).strip().splitlines() or [""])[-1]
            print(f"{FAILED} {Path(file).stem.removeprefix(FILE)} fails: {type(error).__name__}: {words}", flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
