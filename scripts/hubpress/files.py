"""Small file habits shared by all stages: atomic writes, canonical JSON, hashes, manifests."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
CARD = "README.md"


def write_text(path: Path, text: str) -> None:
    """Write *text* as UTF-8 so that readers see the old file or the new one, never half of it. Mode 0644."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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


def to_json(value: Any) -> str:
    """Return canonical JSON text: sorted keys, two spaces, UTF-8, a final newline; NaN is refused (ValueError)."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write canonical JSON atomically."""
    write_text(path, to_json(value))


def read_json(path: Path) -> Any:
    """Return the parsed JSON of a file. Raises ``OSError`` or ``ValueError``."""
    return json.loads(path.read_text(encoding="utf-8"))


def digest_of(value: Any) -> str:
    """Return the sha256 (hex) of a value's canonical JSON."""
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the sha256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class FileEntry:
    """One file of a release: its path inside the repository (posix), its size in bytes and its sha256 (hex)."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of a staged folder, sorted by path: the very bytes that are checked, pushed and verified."""

    files: tuple[FileEntry, ...]

    @classmethod
    def of_folder(cls, folder: Path, *, leave_out: Iterable[str] = ()) -> Manifest:
        """Hash every file below *folder*, except the relative paths in *leave_out*."""
        skipped = set(leave_out)
        entries = []
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in skipped:
                entries.append(FileEntry(name, path.stat().st_size, sha256_file(path)))
        return cls(tuple(entries))

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read a manifest. Raises ``OSError``, or ``ValueError`` when the file is not a manifest."""
        document = read_json(path)
        try:
            return cls(tuple(FileEntry(**entry) for entry in document["files"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path.name} is not a manifest: {error}") from error

    def save(self, path: Path) -> None:
        """Write the manifest as canonical JSON."""
        write_json(path, {"files": [asdict(entry) for entry in self.files]})

    def by_path(self) -> dict[str, FileEntry]:
        """Return the entries keyed by path."""
        return {entry.path: entry for entry in self.files}
