"""The very bytes of a folder: a list of its files with sizes and hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from hubpress.errors import HubpressError, first_line
from hubpress.files import make_room, read_json, sha256_file, write_json


class ManifestError(HubpressError):
    """A list of files that cannot be read: torn, or something else."""


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
        """Read a manifest. Raises ``OSError``, or ManifestError when the file is not a manifest."""
        try:
            return cls(tuple(_entry(**entry) for entry in read_json(path)["files"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "Take it away, and run the same command again."
            raise ManifestError(f"is not a manifest ({first_line(error)}).", where=str(path), hint=hint) from error

    def save(self, path: Path) -> None:
        """Write the manifest as canonical JSON, also where something else has its place."""
        make_room(path)
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

    def without(self, names: Iterable[str]) -> Manifest:
        """Return the list without some names."""
        left_out = set(names)
        return Manifest(tuple(entry for entry in self.files if entry.path not in left_out))

    def by_path(self) -> dict[str, FileEntry]:
        """Return the entries keyed by path."""
        return {entry.path: entry for entry in self.files}


def _entry(path: str, size: int, sha256: str) -> FileEntry:
    """Return an entry as JSON has it. Raises ValueError where a value is of another kind."""
    if not (isinstance(path, str) and type(size) is int and isinstance(sha256, str)):
        raise ValueError("an entry has a path, a size and a sha256")
    return FileEntry(path, size, sha256)
