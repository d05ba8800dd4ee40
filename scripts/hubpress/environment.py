"""What a process settles before torch is imported, the versions that it runs with, and how it is called again."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from hubpress import __version__


def settle_environment() -> None:
    """Set what libraries read when they are imported; what the user has set stays."""
    # Waiting OpenMP threads spin by default; beside any other busy process that makes two threads ten times slower
    # than one (measured: 50 s against 5.5 s an epoch of the sample). Passive waiting costs nothing on an idle machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def versions() -> dict[str, str]:
    """Return the versions of what trains and measures a model."""
    names = ("transformers", "torch", "datasets", "tokenizers", "evaluate", "scikit-learn")
    return {"hubpress": __version__, **_installed(names)}


def version_line() -> str:
    """Return what the report of a fault should name, in one line; nothing is imported for it."""
    found = _installed(("torch", "transformers", "huggingface_hub", "gradio"))
    return f"hubpress {__version__} ({', '.join(f'{name} {number}' for name, number in found.items())})"


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in names}


def typed_python() -> str:
    """Return this interpreter as a shell in this folder takes it, activated or not: ``.venv/bin/python``."""
    return _typed(Path(sys.executable))


def typed_hubpress() -> str:
    """Return this interpreter's ``hubpress`` as a shell in this folder takes it, activated or not."""
    script = Path(sys.executable).with_name("hubpress")
    return _typed(script) if script.is_file() else f"{typed_python()} -m hubpress"


def _typed(program: Path) -> str:
    """Return a path in its shortest form that no shell looks up in PATH."""
    here = Path.cwd()
    if not program.is_relative_to(here):
        return shlex.quote(str(program))
    below = program.relative_to(here)
    return shlex.quote(str(below) if below.parent.name else f"./{below}")
