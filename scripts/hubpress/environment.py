"""What a process settles before torch is imported, and the versions that it runs with."""

from __future__ import annotations

import os
import platform
import sys

from hubpress import __version__
from hubpress.errors import UsageError
from hubpress.this_machine import bad_proxy, spare_loopback

# hf_xet, which reads these when it is first used, would try each request six times, and for minutes without a word.
_XET = {
    "HF_XET_CLIENT_RETRY_MAX_ATTEMPTS": "2",
    "HF_XET_CLIENT_RETRY_BASE_DELAY": "1s",
    "HF_XET_CLIENT_RETRY_MAX_DURATION": "5s",
    "HF_XET_CLIENT_CONNECT_TIMEOUT": "10s",
}


def settle_environment() -> None:
    """Set what libraries read when they are imported; what the user has set stays.

    Raises UsageError for a proxy that no client could ask: libraries end in a traceback, also on the way to loopback.
    """
    # Waiting OpenMP threads spin by default; beside any other busy process that makes two threads ten times slower
    # than one (measured: 50 s against 5.5 s an epoch of the sample). Passive waiting costs nothing on an idle machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    for setting, value in _XET.items():
        os.environ.setdefault(setting, value)
    # huggingface_hub takes an empty address for one, where every request fails, and blanks for a part of it.
    if endpoint := os.environ.pop("HF_ENDPOINT", "").strip():
        os.environ["HF_ENDPOINT"] = endpoint
    if proxy := bad_proxy():
        hint = "Write one such as http://proxy.example:3128 or socks5h://127.0.0.1:1080, or unset it."
        raise UsageError(f"{proxy} is not the address of a proxy that can be asked.", hint=hint)
    # A client that is there already has read its proxies.
    if spare_loopback() and "huggingface_hub" in sys.modules:
        sys.modules["huggingface_hub"].close_session()


def versions(*further: str) -> dict[str, str]:
    """Return the versions of what trains and measures a model, Python's among them, and of *further* packages."""
    names = (*further, "transformers", "torch", "datasets", "tokenizers", "evaluate", "scikit-learn")
    return {"hubpress": __version__, "python": platform.python_version(), **_installed(names)}


def version_line() -> str:
    """Return what the report of a fault should name, in one line; nothing is imported for it."""
    found = _installed(("torch", "transformers", "huggingface_hub", "gradio"))
    return f"hubpress {__version__} ({', '.join(f'{name} {number}' for name, number in found.items())})"


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in names}
