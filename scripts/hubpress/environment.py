"""What a process settles before torch is imported, the versions that it runs with, and what this machine is called."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from hubpress import __version__

LOOPBACK = "127.0.0.1"
"""Where all that hubpress runs here listens, and nowhere else."""
LOOPBACK_NAMES = (LOOPBACK, "localhost")
"""The hosts by which it is asked."""


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
    from importlib.metadata import version

    names = ("transformers", "torch", "datasets", "tokenizers", "evaluate", "scikit-learn")
    return {"hubpress": __version__, **{name: version(name) for name in names}}


def leads_here(url: str) -> bool:
    """Tell whether a URL leads to the machine of whoever asks for it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
