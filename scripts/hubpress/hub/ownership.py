"""Whose the files of a repository are: put there by an earlier release, byte for byte, or by people.

An earlier release is known by the ``manifest.json`` that it published. What that does not list as it is now is a
person's: an edit by hand, a file beside the release, a repository that was never ours.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hubpress.files import to_json
from hubpress.hub.ids import RepoId, RepoType
from hubpress.hub.readme import read_card
from hubpress.layout import ATTRIBUTES, CARD, EVALUATION, MANIFEST, SIGNATURE, SPACE, TEST_RECORDS
from hubpress.manifest import FileEntry, Manifest, ManifestError
from hubpress.signature import is_over


class Foreign(StrEnum):
    """What a push does with the files of a repository that no release put there."""

    STOP = "stop"
    """Those beside the release stay; one under a name that it needs stops the push."""
    ADOPT = "adopt"
    """Those beside the release stay; the names that it needs are taken over."""
    TAKE_OVER = "take over"
    """The repository holds the release alone afterwards."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as the Hub lists it: size, git blob oid, and the content's sha256 if it is a large file."""

    size: int
    oid: str
    sha256: str | None


class Reader(Protocol):
    """A repository as far as it is read here."""

    @property
    def repo(self) -> RepoId:
        """Which one it is."""

    def download(self, sha: str, folder: Path, *, cache: Path, only: Sequence[str] | None) -> None:
        """Download some files of a commit into a folder."""

    def commits(self, sha: str) -> list[str]:
        """Return the ids of a commit and of those before it, newest first."""


@dataclass(frozen=True)
class Division:
    """The files of a commit, divided for a release that needs some names of them."""

    stale: tuple[str, ...] = ()
    """An earlier release put them there, and this one has them no more."""
    clashes: tuple[str, ...] = ()
    """A person's, where the release needs the name for other bytes."""
    kept: tuple[str, ...] = ()
    """A person's, beside the release."""


def divide(
    remote: Reader, sha: str, there: Mapping[str, RemoteFile], *, needed: Collection[str], changed: Collection[str]
) -> Division:
    """Divide the files of a commit for a release that holds the names *needed*, some of them with *changed* bytes.

    ``.gitattributes`` belongs to the Hub, and to nobody here. Nothing is downloaded unless there is a doubt.
    """
    beside = set(there) - set(needed) - {ATTRIBUTES}
    replaced = set(there) & set(changed)
    if not beside and not replaced:
        return Division()
    ours = _ours(remote, sha, there, beside | replaced)
    foreign = beside - ours
    # Where the release has a folder, a person's file of its name cannot stay; nor the other way round.
    in_the_way = {path for path in foreign if any(one_is_in_the_other(path, name) for name in needed)}
    clashes = (replaced - ours) | in_the_way
    return Division(tuple(sorted(beside & ours)), tuple(sorted(clashes)), tuple(sorted(foreign - in_the_way)))


_SIGNS: dict[RepoType, str] = {"model": EVALUATION, "space": SPACE, "dataset": TEST_RECORDS}


def published_manifest(folder: Path, kind: RepoType) -> Manifest | None:
    """Return the list that a release of hubpress published in a folder; None for any other file of that name.

    Other tools write files of this name too, so that every byte of it must be as hubpress writes it, and what it lists
    must be a release.
    """
    path = folder / MANIFEST
    try:
        found = Manifest.load(path)
        entries = [(entry.path, entry.size, entry.sha256) for entry in found.files]
        known = all(isinstance(name, str) and type(size) is int for name, size, _ in entries)
        if not known or len(found.by_path()) != len(entries):
            return None
        files = [{"path": name, "size": size, "sha256": sha256} for name, size, sha256 in entries]
        same = path.read_bytes() == to_json({"files": files}).encode()
    except (OSError, ManifestError, ValueError, TypeError, RecursionError):
        return None
    return found if same and _SIGNS[kind] in found.by_path() else None


@contextmanager
def downloaded(remote: Reader, sha: str, names: Collection[str]) -> Iterator[Path]:
    """Yield a folder with some files of a commit; it is taken away afterwards."""
    with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
        folder = Path(fresh) / "files"
        folder.mkdir()
        if names:
            remote.download(sha, folder, cache=Path(fresh) / "cache", only=sorted(names))
        yield folder


def _ours(remote: Reader, sha: str, there: Mapping[str, RemoteFile], names: Collection[str]) -> set[str]:
    """Return those of the names that an earlier release put there, as they are now, and what the Hub itself wrote."""
    if MANIFEST not in there:
        return _written_by_the_hub(remote, sha, there)
    with downloaded(remote, sha, {MANIFEST, SIGNATURE} & set(there)) as folder:
        published = published_manifest(folder, remote.repo.type)
        # No list can have its own signature: it goes with the one that it is over.
        unlisted = {MANIFEST, SIGNATURE} if is_over(folder, MANIFEST) else {MANIFEST}
    if published is None:
        return set()
    listed = published.by_path()
    likely = {name for name in names if name in listed and _may_be(there[name], listed[name])}
    small = {name for name in likely if there[name].sha256 is None}
    with downloaded(remote, sha, small) as folder:
        other = {name for name in small if FileEntry.of(folder, name) != listed[name]}
    return (likely - other) | unlisted


def _may_be(file: RemoteFile, entry: FileEntry) -> bool:
    return file.size == entry.size and file.sha256 in (None, entry.sha256)


def one_is_in_the_other(path: str, name: str) -> bool:
    """Return whether one of two paths is a folder of the other, so that no repository can hold both as files."""
    return path.startswith(f"{name}/") or name.startswith(f"{path}/")


# What the Hub writes into the card of a Space when it is created: these fields, and nothing but a hint below.
_HUB_FIELDS = frozenset(
    {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "pinned"}
)
_HUB_HINT = re.compile(r"\s*(Check out the configuration reference at https://huggingface\.co/docs/hub/\S+\s*)?")


def _written_by_the_hub(remote: Reader, sha: str, there: Mapping[str, RemoteFile]) -> set[str]:
    """Return the card of a repository in which nothing has happened since the Hub created it."""
    if set(there) - {ATTRIBUTES} != {CARD} or there[CARD].size > 4_000 or len(remote.commits(sha)) != 1:
        return set()
    with downloaded(remote, sha, {CARD}) as folder:
        card = read_card((folder / CARD).read_text(encoding="utf-8", errors="replace"))
    plain = card.readable and set(card.data) <= _HUB_FIELDS and _HUB_HINT.fullmatch(card.body) is not None
    return {CARD} if plain else set()
