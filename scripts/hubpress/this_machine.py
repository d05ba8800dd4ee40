"""What this machine is called: the addresses that lead to it, and its programs as a shell takes them."""

from __future__ import annotations

import shlex
import sys
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
"""Where all that hubpress runs here listens, and nowhere else."""
LOOPBACK_NAMES = (LOOPBACK, "localhost")
"""The hosts by which it is asked."""


def is_local(url: str) -> bool:
    """Tell whether a URL leads to this machine, whichever that is for its reader."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


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
