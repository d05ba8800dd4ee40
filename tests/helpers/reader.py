"""A reader without a token, in a process of its own, who asks for main of a model and its Space as fast as it can."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection


@dataclass
class Reader:
    """What the reader has seen, once it is gone."""

    first: dict[tuple[str, str], float] = field(default_factory=dict)
    """When (``time.monotonic``) each commit of main, after its kind, was first seen."""
    asked: int = 0

    def commits(self, kind: str) -> set[str]:
        """Return the commits of main of the model or the Space that were seen."""
        return {sha for one, sha in self.first if one == kind}


@contextmanager
def polled(url: str, repo_id: str) -> Iterator[Reader]:
    """Let a model and its Space be read until the block ends."""
    command = [sys.executable, __file__, url.removeprefix("http://"), repo_id]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    reader = Reader()
    try:
        assert process.stdout is not None and process.stdout.readline() == "reading\n"
        yield reader
    finally:
        *lines, asked = process.communicate()[0].splitlines()
        reader.asked = int(asked)
        for at, kind, sha in map(str.split, lines):
            reader.first.setdefault((kind, sha), float(at))


def _read(host: str, repo_id: str) -> None:
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    connection, seen, asked = HTTPConnection(host), set[str](), 0
    print("reading", flush=True)
    while not ended.is_set():
        for kind in ("model", "space"):
            connection.request("GET", f"/api/{kind}s/{repo_id}")
            answer = connection.getresponse()
            body, now = answer.read(), time.monotonic()
            asked += 1
            if answer.status == 200 and (sha := json.loads(body)["sha"]) not in seen:
                seen.add(sha)
                print(now, kind, sha, flush=True)
    print(asked, flush=True)


if __name__ == "__main__":
    _read(*sys.argv[1:])
