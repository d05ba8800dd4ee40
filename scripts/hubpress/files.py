"""Small file habits shared by all stages: atomic writes, canonical JSON, hashes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

# The ending of a file that is still being written; what a kill leaves of them is swept away by the next run.
PARTIAL = ".partial"

JsonObject = dict[str, Any]
"""An object of foreign JSON, of whose values nothing is known yet."""


def write_text(path: Path, text: str) -> None:
    """Write *text* as UTF-8 so that readers see the old file or the new one, never half of it. Mode 0644."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_json(value: Any, *, sort_keys: bool = True) -> str:
    """Return canonical JSON text: sorted keys, two spaces, UTF-8, a final newline; NaN is refused (ValueError)."""
    return json.dumps(value, indent=2, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any, *, sort_keys: bool = True) -> None:
    """Write JSON atomically: canonical, or with the keys in the order given."""
    write_text(path, to_json(value, sort_keys=sort_keys))


def parse_json(text: str, *, object_pairs_hook: Callable[[list[tuple[str, Any]]], JsonObject] | None = None) -> Any:
    """Return what a JSON text says. Raises ``ValueError``, also for what is nested too deeply to be read.

    *object_pairs_hook* makes an object of its pairs, as for ``json.loads``.
    """
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_json(path: Path) -> Any:
    """Return the parsed JSON of a file. Raises ``OSError`` or ``ValueError``."""
    return parse_json(path.read_text(encoding="utf-8"))


def found_json(path: Path) -> Any:
    """Return the parsed JSON of a file; None where there is none that can be read."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None


def make_room(path: Path) -> None:
    """Take away what keeps a file of ours from being written: a folder in its place, or a file in its folder's."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    if path.parent.is_file():
        path.parent.unlink()


def digest_of(value: Any) -> str:
    """Return the sha256 (hex) of a value's canonical JSON."""
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the sha256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def integrity_of(path: Path) -> str:
    """Return a file's SHA-384 as subresource integrity has it: ``sha384-`` and base 64."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha384").digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def fetched_by(start: bytes) -> str | None:
    """Return the command that fetches a file for which a pointer stands, told by its first bytes; None for a file."""
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        return "git lfs pull"
    return "git annex get" if start.startswith(b"/annex/objects/") else None


def is_inside(name: str) -> bool:
    """Return whether a relative name (posix) leads below the folder that it is joined to, wherever that is."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\0" not in name


def plain_path(path: Path) -> Path:
    """Return a path from the root on, without the ``..`` in it; links stay in it where it means the same with them."""
    plain = Path(os.path.normpath(path.absolute()))
    is_other = path.exists() and not (plain.exists() and plain.samefile(path))
    return path.resolve() if is_other else plain
