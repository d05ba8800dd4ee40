"""What this machine is called: the addresses that lead to it, and its programs as a shell takes them."""

from __future__ import annotations

import os
import re
import shlex
import site
import sys
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
"""Where all that hubpress runs here listens, and nowhere else."""
LOOPBACK_NAMES = (LOOPBACK, "localhost")
"""The hosts by which it is asked."""


# What other programs see of this environment: no list of secrets is ever complete.
_PASSED = ("CUDA_VISIBLE_DEVICES", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "TZ", "VIRTUAL_ENV")
_PASSED_PREFIXES = ("LC_", "MKL_", "OMP_", "OPENBLAS_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


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


def spare_loopback(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Let no proxy of the environment be asked about this machine, by this process nor by those that it starts.

    Returns whether anything had to change. Where no proxy is set nothing does: a variable of ours would hide the
    proxies that the system knows.
    """
    names = {name.lower() for name, value in environ.items() if value}
    if names.isdisjoint(_PROXIES):
        return False
    before = environ.get("no_proxy"), environ.get("NO_PROXY")
    given = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    # httpx raises for brackets, and for networks of IPv6.
    named = [host.strip().removeprefix("[").removesuffix("]") for host in given.split(",")]
    hosts = [host for host in named if host and not (host.count(":") > 1 and "/" in host)]
    spared = ",".join([*hosts, *(host for host in (*LOOPBACK_NAMES, "::1") if host not in hosts)])
    # Some clients read the one, some the other.
    environ["no_proxy"] = environ["NO_PROXY"] = spared
    return before != (spared, spared)


def bad_proxy(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the name of a variable that should hold the address of a proxy, and holds none; None where all do."""
    for name, value in environ.items():
        if name.lower() in _PROXIES and value.strip() and not _is_proxy(value.strip()):
            return name
    return None


def _is_proxy(value: str) -> bool:
    # Clients take an address without a scheme for one of http.
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_place and parts.scheme in _PROXY_SCHEMES and value.isascii() and re.search(r"\s", value) is None


def plain_environment(home: Path) -> dict[str, str]:
    """Return the environment of a program that is not to be trusted: by a list of what is allowed, and with *home*.

    No token is in it, nor where the logins of this machine lie. *home* is made where it is not there.
    """
    home.mkdir(parents=True, exist_ok=True)
    allowed = {
        name: value for name, value in os.environ.items() if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }
    # Packages that a person has installed for themselves are found from HOME.
    base = {"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {}
    return {**allowed, **base, "HOME": str(home), "USER": "nobody", "LOGNAME": "nobody"}


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
