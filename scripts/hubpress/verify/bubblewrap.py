"""Bubblewrap, where it is installed and may be used: the walls around code that others have published.

Behind them the system is read-only, and of this machine's other files nothing is there but Python, its packages and the
folders that are handed in. There is no network, no other process, no other user, and no way to more rights.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hubpress.content import content_dir

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/sys/devices/system/cpu")
_SETTINGS = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "ssl/certs")
_PATIENCE = 60.0


@dataclass(frozen=True)
class Bubblewrap:
    """The program, which has been tried."""

    program: str

    def around(
        self, command: Sequence[str], *, cwd: Path, writable: Iterable[Path], readable: Iterable[Path] = ()
    ) -> list[str]:
        """Return the command that runs another behind the walls, where it sees these folders and may write in some."""
        return [
            self.program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
            "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
            *_seen("--ro-bind-try", [*map(Path, _SYSTEM), *(Path("/etc", name) for name in _SETTINGS), *_python()]),
            *_seen("--ro-bind", readable), *_seen("--bind", writable), "--chdir", str(cwd), "--", *command,
        ]  # fmt: skip


def _seen(option: str, paths: Iterable[Path]) -> list[str]:
    return [word for path in paths for word in (option, str(path), str(path))]


@cache
def find_bubblewrap() -> Bubblewrap | None:
    """Return bubblewrap where it is installed, and runs this Python with hubpress in it; it is tried once."""
    program = shutil.which("bwrap") if sys.platform.startswith("linux") else None
    if program is None:
        return None
    found = Bubblewrap(program)
    command = found.around([sys.executable, "-c", "import hubpress.errors"], cwd=Path("/tmp"), writable=[])
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(python_path())}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 else None


def python_path() -> list[str]:
    """Return where this Python finds packages, but for folders so wide that a person's files lie below them."""
    return [entry for entry in sys.path if entry and Path(entry).exists() and not _is_wide(Path(entry))]


def _python() -> list[Path]:
    """Return the folders and files that this Python runs from, and those of hubpress that it reads."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    content = [
        Path(__file__).resolve().parents[1],
        content_dir("models") / "pipelines",
        content_dir("cards"),
        content_dir("spaces"),
    ]
    here = [Path(prefix) for prefix in sorted(prefixes)] + [Path(entry) for entry in python_path()] + content
    return [path for path in here if path.exists() and not _is_wide(path)]


def _is_wide(path: Path) -> bool:
    """Return whether a folder holds a person's home, or is the one in which they work."""
    path = path.resolve()
    return path == Path.cwd() or Path.home().resolve().is_relative_to(path)
