"""A fresh environment with what a Space names, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from hubpress.children import run_child
from hubpress.errors import HubpressError
from hubpress.hub.readme import read_card
from hubpress.layout import CARD, REQUIREMENTS
from hubpress.verify.sandbox import last_line

_INSTALL_SECONDS = 1200
_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[0-9A-Za-z.+!_-]+")


def fresh_environment(files: Path, folder: Path, *, is_ours: bool) -> str:
    """Return the Python of a new virtual environment in *folder* with what a Space's *files* name, and nothing else.

    Unless *is_ours*, only built packages at named versions are installed: anything else could run code on the way.
    Raises HubpressError for what cannot be installed.
    """
    card = read_card((files / CARD).read_text(encoding="utf-8")).data
    gradio = f"gradio=={card['sdk_version']}"
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    if not is_ours:
        lines = [line.strip() for line in (files / REQUIREMENTS).read_text(encoding="utf-8").splitlines()]
        for line in (gradio, *lines):
            if line and not line.startswith("#") and not _PINNED.fullmatch(line):
                raise HubpressError(f"{line!r} is no package at a version, so it is not installed.", where=REQUIREMENTS)
        install += ["--only-binary", ":all:"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*install, gradio, "-r", str(files / REQUIREMENTS)]):
        is_late = False
        try:
            done = run_child(command, timeout=_INSTALL_SECONDS)
            why = last_line(done.stderr) if done.returncode else None
        except subprocess.TimeoutExpired:
            why, is_late = f"that did not end within {_INSTALL_SECONDS} seconds", True
        if why:
            what = f"its requirements cannot be installed: {why}"
            raise HubpressError(what, where=REQUIREMENTS, passes=is_late)
    return python
