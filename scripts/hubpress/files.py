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

# The ending of a file that is still being written; what a kill leaves of them is swept away by the next run.
PARTIAL = ".partial"

# The names of a repository's files, a model's and a Space's.
CARD = "README.md"
MANIFEST = "manifest.json"
NOTEBOOK = "notebook.ipynb"
TRAINING = "training.json"
EVALUATION = "evaluation.json"
WEIGHTS = "model.safetensors"
ONNX = "onnx/model.onnx"
QUANTIZED = "onnx/model_quantized.onnx"
SPACE = "space.json"
APP = "app.py"
REQUIREMENTS = "requirements.txt"
MODEL_FILES = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json")


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

    @classmethod
    def of(cls, folder: Path, name: str) -> FileEntry:
        """Hash the file *name* (posix) below *folder*. Raises OSError when it is missing."""
        path = folder / name
        return cls(name, path.stat().st_size, sha256_file(path))


@dataclass(frozen=True)
class Manifest:
    """The files of a staged folder, sorted by path: the very bytes that are checked, pushed and verified."""

    files: tuple[FileEntry, ...]

    @classmethod
    def of_folder(cls, folder: Path, *, leave_out: Iterable[str] = ()) -> Manifest:
        """Hash every file below *folder*, except the relative paths in *leave_out*."""
        skipped = set(leave_out)
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        return cls(tuple(FileEntry.of(folder, name) for name in names if name not in skipped))

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

    def differences(self, there: Manifest, *, beside: Iterable[str] = ()) -> list[str]:
        """Return a sentence for each file that is missing *there*, is not listed here (nor *beside*), or is another."""
        claims, found = self.by_path(), there.by_path()
        missing = [f"{name} is missing" for name in sorted(claims.keys() - found.keys())]
        more = [f"{name} is not in the manifest" for name in sorted(found.keys() - claims.keys() - set(beside))]
        both = sorted(claims.keys() & found.keys())
        return [
            *(*missing, *more),
            *(f"{name} has other bytes than were pushed" for name in both if claims[name] != found[name]),
        ]

    def by_path(self) -> dict[str, FileEntry]:
        """Return the entries keyed by path."""
        return {entry.path: entry for entry in self.files}
