"""What a push will do to the files of a repository, and what it refuses to do, told before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hubpress.errors import HubError, UsageError
from hubpress.files import sha256_file
from hubpress.hub.clashes import ForeignFiles, differences_of
from hubpress.hub.goal import same_bytes
from hubpress.hub.hand_edits import edits_on, refuse_lost, texts_that_keep
from hubpress.hub.merging import EditConflict
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Division, Foreign, RemoteFile, divide, downloaded, one_is_in_the_other
from hubpress.hub.repository import Repository
from hubpress.layout import ATTRIBUTES, CHANGELOG, EVAL_RESULTS_FOLDER
from hubpress.manifest import FileEntry, Manifest

NEW_TAG = "A tag never moves: give the recipe a new `version:`, or choose another --tag."


@dataclass(frozen=True)
class Plan:
    """What a push will do to the files of a repository."""

    changed: tuple[FileEntry, ...]
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.changed or self.removed)


def plan_push(
    remote: Repository, head: str | None, folder: Path, manifest: Manifest, foreign: Foreign, *, quiet: bool = False
) -> Plan:
    """Compare what the Hub has with what it is to have.

    Raises ``ForeignFiles`` for what a person would lose; where *foreign* wants that, it is shown, unless *quiet*.
    """
    if head is None:
        return Plan(manifest.files)
    there, needed = remote.files(head), manifest.by_path()
    changed = tuple(entry for entry in manifest.files if not same_bytes(folder, entry, there.get(entry.path)))
    found = _without_growth(
        remote, head, folder, divide(remote, head, there, needed=needed, changed=[entry.path for entry in changed])
    )
    kept, lost = texts_that_keep(remote, head, there, folder, {entry.path for entry in changed}, foreign)
    found = replace(found, clashes=tuple(sorted({*found.clashes, *lost} - kept)))
    takes_all = foreign is Foreign.TAKE_OVER
    # What others have measured of the model is theirs, as are their discussions: no release takes it over.
    results = tuple(name for name in found.kept if name.startswith(f"{EVAL_RESULTS_FOLDER}/"))
    taken = {*found.clashes, *(found.kept if takes_all else ())} - {*results}
    came_between = bool(lost) and (foreign is Foreign.ADOPT or lost.issuperset(taken))
    if taken and not (quiet and foreign is not Foreign.STOP and not came_between):
        shown = lost if came_between else taken
        lines = differences_of(remote, head, there, shown, lambda name: folder / name if name in needed else None)
        _heed(ForeignFiles(remote.repo, head, shown, lines, came_between=came_between), foreign)
    removed = {*found.stale, *taken} - needed.keys()
    return Plan(changed, tuple(sorted(removed)), results if takes_all else found.kept, tuple(sorted(taken)))


def _without_growth(remote: Repository, head: str, folder: Path, found: Division) -> Division:
    """Let a changelog that somebody has edited make way for one that has all of it, and a section more."""
    if CHANGELOG not in found.clashes:
        return found
    with downloaded(remote, head, {CHANGELOG}) as there:
        if not _has_whole((folder / CHANGELOG).read_bytes(), (there / CHANGELOG).read_bytes()):
            return found
    return replace(found, clashes=tuple(name for name in found.clashes if name != CHANGELOG))


def _has_whole(text: bytes, earlier: bytes) -> bool:
    """Return whether a file is an earlier one with a piece put in, so that nothing of that gets lost."""
    start = next((at for at, (one, two) in enumerate(zip(earlier, text, strict=False)) if one != two), None)
    if start is None:
        return len(text) >= len(earlier)
    rest = earlier[start:]
    return len(text) >= len(earlier) and text.endswith(rest)


def refuse_clashes(remote: Repository, head: str, files: Mapping[str, Path | None]) -> None:
    """Raise ``ForeignFiles`` where a release that is sure to hold some names would replace what a person put there.

    Texts that people have edited are merged later; an edit that no release can keep raises ``EditConflict``. Each name
    comes with its file, as far as that is there already.
    """
    there = remote.files(head)
    changed = [name for name, path in files.items() if name in there and not _is_there(path, there[name])]
    # Of what lies beside the release nothing is in doubt, but where one has a folder and the other a file.
    beside = {path for path in there if not any(one_is_in_the_other(path, name) for name in files)}
    found = divide(remote, head, there, needed=beside | files.keys(), changed=changed)
    edits = edits_on(remote, head, there) if found.clashes else {}
    try:
        refuse_lost(edits)
    except EditConflict as error:
        error.where = remote.repo.path
        raise
    if clashes := tuple(name for name in found.clashes if name not in edits):
        lines = differences_of(remote, head, there, clashes, files.get)
        raise ForeignFiles(remote.repo, head, clashes, lines)


def refuse_other_folder(folder: Path, manifest: Manifest) -> None:
    """Raise ``HubError`` unless every file of the manifest lies in the folder, byte for byte."""
    changed = []
    for entry in manifest.files:
        path = folder / entry.path
        if not path.is_file() or path.stat().st_size != entry.size or sha256_file(path) != entry.sha256:
            changed.append(entry.path)
    if changed:
        what = f"No longer as it was checked: {', '.join(changed)}."
        raise HubError(what, where=str(folder), hint="Build and check it again.")
    if ATTRIBUTES in manifest.by_path():
        raise HubError(f"{ATTRIBUTES} belongs to the Hub.", where=str(folder), hint="Leave it out of the release.")


def _heed(clash: ForeignFiles, foreign: Foreign) -> None:
    """Raise what a person would lose, or show it where that is wanted."""
    if foreign is Foreign.STOP or (foreign is Foreign.ADOPT and clash.came_between):
        raise clash
    tell(f"{clash.what} They make way; the history of the repository keeps them, at {clash.sha[:7]}:")
    for line in clash.differences:
        print(line, file=sys.stderr)


def is_tagged(remote: Repository, tag: str, head: str | None, *, moves: bool) -> bool:
    """Return whether the head has this tag. Raises for a branch's name, and for a tag that would have to move."""
    if tag in remote.branches():
        raise UsageError(f"{tag!r} is the name of a branch of {remote.id}.", where="--tag", hint="Choose another.")
    tagged = remote.tags().get(tag)
    if tagged and (moves or tagged != head):
        raise HubError(f"The tag {tag} of {remote.id} is on another commit, {tagged[:7]}.", hint=NEW_TAG)
    return tagged is not None


def _is_there(path: Path | None, there: RemoteFile) -> bool:
    """Return whether the Hub has a file as it lies here."""
    if path is None or not path.is_file():
        return False
    return same_bytes(path.parent, FileEntry(path.name, path.stat().st_size, sha256_file(path)), there)
