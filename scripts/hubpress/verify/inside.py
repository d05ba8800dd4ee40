"""What stands between a sandbox and the code in it: limits, and the doors in a wall that lets no network through.

Run as ``python -I -S inside.py JOB COMMAND…``, by itself: where it runs there may be no hubpress. JOB is JSON:
``limits`` by the names of ``resource``; ``out``, pairs of a port in here and the Unix socket outside that it leads to;
``in``, pairs of a Unix socket that is seen outside and the port in here that it leads to.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress

_LOOPBACK = "127.0.0.1"
_PIECE = 1 << 16


def listening(address: tuple[str, int] | str) -> socket.socket:
    """Return a socket that listens on a port, or on a path that nothing has yet."""
    listener = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    if not isinstance(address, str):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(64)
    return listener


def forward(listener: socket.socket, address: tuple[str, int] | str) -> None:
    """Carry every connection of a listening socket to an address, until that socket is closed."""
    while True:
        try:
            one, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(one, address), daemon=True).start()


def _carry(one: socket.socket, address: tuple[str, int] | str) -> None:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with one, socket.socket(family) as other, suppress(OSError):
        other.connect(address)
        back = threading.Thread(target=_copy, args=(other, one), daemon=True)
        back.start()
        _copy(one, other)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def main(job: str, *command: str) -> int:
    """Set the limits, open the doors, run the command, and return its exit code."""
    import resource  # which Windows has not

    told = json.loads(job)
    for name, most in told["limits"].items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
    for port, path in told["out"]:
        _in_the_background(listening((_LOOPBACK, port)), path)
    for path, port in told["in"]:
        _in_the_background(listening(path), (_LOOPBACK, port))
    code = subprocess.call(command)
    return code if code >= 0 else 128 - code


def _in_the_background(listener: socket.socket, address: tuple[str, int] | str) -> None:
    threading.Thread(target=forward, args=(listener, address), daemon=True).start()


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
