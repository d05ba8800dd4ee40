"""A place where published code runs: processes of their own, with nothing of this machine's caches or logins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubpress.children import run_child
from hubpress.hub.client import Hub
from hubpress.verify.published import PublishedCommit
from hubpress.verify.run_snippets import FAILED

_SECONDS = 1800  # for all snippets of a card


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Give an empty folder for a while. What a kill left in it, weights among others, goes with the next start."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Sandbox:
    """A place where published code runs: its own HF_HOME, nothing of this machine's caches or logins."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, scratch: Path, hub: Hub) -> Sandbox:
        """Return a sandbox below *scratch*, with an empty HF_HOME, that knows one Hub and one token."""
        scratch = scratch.resolve()
        folder = scratch / "sandbox"
        folder.mkdir()
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_", "PYTHONSTARTUP"))
        }
        environment |= {
            "HF_HOME": str(scratch / "home"),
            "HF_ENDPOINT": hub.endpoint,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        if token := hub.token or os.environ.get("HF_TOKEN"):
            environment["HF_TOKEN"] = token
        return cls(folder, environment)

    def run(
        self, arguments: list[str], *, timeout: float | None = _SECONDS, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with *arguments* and more of an environment; after *timeout* seconds it counts as failed."""
        command = [sys.executable, *arguments]
        try:
            return run_child(command, cwd=self.folder, env={**self.environment, **(environment or {})}, timeout=timeout)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"did not end within {timeout:g} seconds")


def offline_cache_at(sandbox: Sandbox, commit: PublishedCommit) -> dict[str, str]:
    """Return the environment in which code that names no revision gets a commit.

    Nothing where it is the newest, else an offline cache.
    """
    if commit.hub.head(commit.repo) == commit.sha:
        return {}
    code = f"import huggingface_hub as hub; hub.snapshot_download({commit.repo.id!r}, revision={commit.sha!r})"
    sandbox.run(["-c", code])
    folder = f"models--{commit.repo.id.replace('/', '--')}"
    main = Path(sandbox.environment["HF_HOME"]) / "hub" / folder / "refs" / "main"
    main.parent.mkdir(parents=True, exist_ok=True)
    main.write_text(commit.sha)
    return {"HF_HUB_OFFLINE": "1"}


def snippet_files(sandbox: Sandbox, snippets: Sequence[str]) -> list[str]:
    """Write each snippet as it stands into the sandbox; return the names of the files."""
    names = [f"snippet_{number}.py" for number in range(1, len(snippets) + 1)]
    for name, code in zip(names, snippets, strict=True):
        (sandbox.folder / name).write_text(code, encoding="utf-8")
    return names


def run_snippets(sandbox: Sandbox, files: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Run snippets in a process of their own; return a sentence for each that fails."""
    return failed_snippets(sandbox.run(["-m", "hubpress.verify.run_snippets", *files], environment=environment))


def failed_snippets(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return a sentence for each snippet that failed in a process, or one where the interpreter itself ended."""
    failed = [line for line in done.stdout.splitlines() if line.startswith(FAILED)]
    return failed or ([f"{FAILED}s end: {last_line(done.stderr)}"] if done.returncode else [])


def last_line(text: str) -> str:
    """Return the last line of what a process printed, which names an exception."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"
