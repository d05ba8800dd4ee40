"""Measure how long a command of hubpress is silent on a terminal.

    python tests/benchmarks/silence.py release conference-titles --sample [ANY OTHER WORD OF THE COMMAND]

Runs ``hubpress`` on a pseudo-terminal, where it prints its progress as people see it. Prints JSON lines: the longest
silences in seconds, each with what was on the screen last.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

_SHOWN, _WIDTH = 5, 80
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_READ = 1 << 16


def main(words: Sequence[str]) -> int:
    """Run the command, and print how long it was silent; return its exit code."""
    outside, inside = pty.openpty()
    with tempfile.TemporaryDirectory() as place:
        own = [] if "--build-dir" in words else ["--build-dir", place]
        command = [sys.executable, "-m", "hubpress", *words, *own]
        process = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside)
        os.close(inside)
        silences = list(_silences(outside))
        code = process.wait()
    for seconds, said in sorted(silences, reverse=True)[:_SHOWN]:
        print(json.dumps({"seconds of silence": round(seconds, 1), "after": said}, ensure_ascii=False))
    return code


def _silences(terminal: int) -> Iterator[tuple[float, str]]:
    """Yield the seconds before each piece of what is printed, and the last line before it."""
    said, last = "the start", time.monotonic()
    while True:
        try:
            piece = os.read(terminal, _READ)
        except OSError:  # how Linux says that nobody writes any more
            return
        if not piece:
            return
        now = time.monotonic()
        yield now - last, said
        last = now
        lines = [line.strip() for line in re.split(rb"[\r\n]+", _CONTROL.sub(b"", piece)) if line.strip()]
        said = lines[-1].decode("utf-8", "replace")[:_WIDTH] if lines else said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
