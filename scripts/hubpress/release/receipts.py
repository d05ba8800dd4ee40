"""Receipts: what a stage read and wrote, so that "nothing changed" is a fact and a torn run is visible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hubpress import __version__
from hubpress.files import digest_of, read_json, sha256_file, write_json


@dataclass(frozen=True)
class Stamp:
    """A file as a stage saw it: path, size in bytes, time of change, sha256.

    Paths below the build folder are relative to it, so that a build folder can be moved or copied.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path, *, build: Path) -> Stamp:
        """Hash a file. Raises OSError when it is missing."""
        status = path.stat()
        return cls(shown(path, build), status.st_size, status.st_mtime_ns, sha256_file(path))

    def holds(self, build: Path) -> bool:
        """Return whether the file is still the same; its bytes are read only when size or time say otherwise."""
        path = build / self.path
        try:
            status = path.stat()
            if status.st_size != self.size:
                return False
            return status.st_mtime_ns == self.mtime_ns or sha256_file(path) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True)
class Receipt:
    """The last thing that a stage writes."""

    stage: str
    key: str
    inputs: tuple[Stamp, ...]
    outputs: tuple[Stamp, ...]
    summary: str
    seconds: float

    @classmethod
    def write(
        cls,
        path: Path,
        *,
        stage: str,
        settings: Any,
        inputs: Iterable[Stamp],
        outputs: Iterable[Path],
        build: Path,
        summary: str,
        seconds: float,
    ) -> Receipt:
        """Hash what the stage wrote and leave its receipt at *path*."""
        stamps = tuple(Stamp.of(output, build=build) for output in outputs)
        receipt = cls(stage, _key(settings), tuple(inputs), stamps, summary, round(seconds, 2))
        write_json(path, asdict(receipt))
        return receipt

    @classmethod
    def read(cls, path: Path) -> Receipt | None:
        """Return a stage's receipt, or None when it has none that can be read."""
        try:
            document = read_json(path)
            document["inputs"] = tuple(Stamp(**stamp) for stamp in document["inputs"])
            document["outputs"] = tuple(Stamp(**stamp) for stamp in document["outputs"])
            return cls(**document)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_current(self, settings: Any, inputs: Iterable[Path], *, build: Path) -> bool:
        """Return whether the stage would do the same again: same settings, inputs and version, outputs in place."""
        return (
            self.key == _key(settings)
            and {stamp.path for stamp in self.inputs} == {shown(path, build) for path in inputs}
            and all(stamp.holds(build) for stamp in (*self.inputs, *self.outputs))
        )


def shown(path: Path, build: Path) -> str:
    """Return a path as receipts keep it."""
    return path.relative_to(build).as_posix() if path.is_relative_to(build) else str(path)


def _key(settings: Any) -> str:
    return digest_of({"version": __version__, "settings": settings})
