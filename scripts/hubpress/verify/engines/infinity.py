"""Infinity in an environment of its own: installed where that was asked for, and run while it is asked."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from hubpress.children import end_child, run_child, start_child
from hubpress.space.process import free_port
from hubpress.this_machine import LOOPBACK
from hubpress.verify.engines.by_http import NoAnswer
from hubpress.verify.engines.chosen import INSTALL
from hubpress.verify.sandbox import Sandbox, last_line

PINNED = Path(__file__).with_name("infinity.txt")
_PROGRAM = "infinity_emb"
_INSTALL_SECONDS = 1800
_START_SECONDS = 180.0


def installed(folder: Path | None, own: Path, *, install: bool) -> Path:
    """Return Infinity's program: in the environment *folder*, or in the one that is hubpress's *own*.

    Where *install* allows it, that one is made, of pinned versions. Raises NoAnswer, with one sentence, where there is
    none, or it cannot be installed.
    """
    program = (folder or own) / "bin" / _PROGRAM
    if program.is_file():
        return program
    if folder or not install:
        where = f"in {folder}" if folder else "here"
        hint = f"infinity={INSTALL} puts it into an environment of its own below the build folder (1.5 GB)."
        raise NoAnswer(f"infinity-emb is not installed {where}.", hint=hint)
    pip = [str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(own)],
        [*pip, "--only-binary", ":all:", "-r", str(PINNED)],
    )
    for command in commands:
        try:
            done = run_child(command, timeout=_INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            raise NoAnswer(f"infinity-emb was not installed within {_INSTALL_SECONDS} seconds.") from None
        if done.returncode:
            raise NoAnswer(f"infinity-emb cannot be installed: {last_line(done.stderr)}")
    return program


@contextmanager
def serving(program: Path, files: Path, sandbox: Sandbox) -> Iterator[str]:
    """Run Infinity with the model in a folder while the block lasts; yield its address.

    It runs no code of the model, tells nobody that it is used, and reaches no Hub. Raises NoAnswer where it does not
    start.
    """
    port, log = free_port(), sandbox.folder / "infinity.log"
    environment = {**sandbox.environment, "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)  # it has other versions than hubpress
    words = [
        str(program), "v2", "--model-id", str(files.resolve()), "--host", LOOPBACK, "--port", str(port),
        "--engine", "torch", "--device", "cpu", "--dtype", "float32", "--no-bettertransformer", "--no-model-warmup",
        "--no-trust-remote-code",
    ]  # fmt: skip
    readable = [files.resolve(), program.parent.parent]
    with sandbox.around_app(words, port, cwd=sandbox.folder, readable=readable) as command, log.open("wb") as output:
        process = start_child(command, cwd=sandbox.folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            url, started = f"http://{LOOPBACK}:{port}", time.monotonic()
            while not _answers(url):
                if process.poll() is not None or time.monotonic() - started > _START_SECONDS:
                    raise NoAnswer(f"Infinity does not start: {last_line(log.read_text(errors='replace'))[:200]}")
                time.sleep(0.2)
            yield url
        finally:
            end_child(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", trust_env=False, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
