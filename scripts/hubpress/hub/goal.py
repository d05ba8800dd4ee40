"""What a commit is to achieve: which files are there afterwards, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubpress.hub.ownership import RemoteFile
from hubpress.manifest import FileEntry, Manifest


@dataclass(frozen=True)
class Goal:
    """What a commit is to achieve on top of *parent*: a manifest's files are there, and those *removed* are not."""

    folder: Path
    manifest: Manifest
    message: str
    parent: str | None
    removed: tuple[str, ...] = ()
    revision: str | None = None
    """The branch that the commit is made on, such as ``refs/pr/1``; None for main."""
    description: str = ""

    def differences(self, there: dict[str, RemoteFile]) -> list[str]:
        """Return the paths in which the files on the Hub are not as wanted."""
        wanted = self.manifest.by_path()
        wrong = [path for path, entry in wanted.items() if not same_bytes(self.folder, entry, there.get(path))]
        return sorted([*wrong, *(there.keys() & set(self.removed))])


def same_bytes(folder: Path, entry: FileEntry, there: RemoteFile | None) -> bool:
    """Return whether the Hub holds exactly these bytes under this path."""
    from huggingface_hub.utils.sha import git_hash

    if there is None or there.size != entry.size:
        return False
    if there.sha256:
        return there.sha256 == entry.sha256
    return there.oid == git_hash((folder / entry.path).read_bytes())
