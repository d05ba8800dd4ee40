"""What people have written into the texts of a repository since a release made them, and how the next one keeps it.

Where a text holds anything of theirs, the release also publishes it as it would be without, in ``generated/``: by that
the next one tells both apart. Otherwise the published text itself is that, found by the hash in ``manifest.json``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from hubpress.files import write_text
from hubpress.hub.marks import MarksError, is_marked
from hubpress.hub.merged_fields import FieldError, changed_fields
from hubpress.hub.merging import EditConflict, Edited, changed_inside, merged, written_outside
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Foreign, Reader, RemoteFile, downloaded, published_manifest
from hubpress.layout import CARD, GENERATED, GENERATED_TEXTS, MANIFEST, REPORT
from hubpress.manifest import FileEntry
from hubpress.text import listed

TEXTS = (CARD, REPORT)
"""The texts that people may edit."""
_OLDEST = 200
"""How many commits are looked through for a text as a release published it."""


def edits_on(remote: Reader, sha: str, there: Mapping[str, RemoteFile]) -> dict[str, Edited]:
    """Return the texts of a commit that people have, or had, written into, each with what a release made of it.

    What no release is known to have made is not among them: a card of another tool, one without marks, one whose
    first form is nowhere to be found.
    """
    names = {MANIFEST, *TEXTS, *GENERATED_TEXTS} & there.keys()
    if MANIFEST not in names:
        return {}
    with downloaded(remote, sha, names) as folder:
        published = published_manifest(folder, remote.repo.type)
        entries = published.by_path() if published else {}
        found: dict[str, Edited] = {}
        for name in (one for one in TEXTS if one in names and one in entries):
            if (theirs := text_in(folder / name)) is None:
                continue
            base = text_made(folder, name, entries)
            if base is None and (kept := entries.get(f"{GENERATED}/{name}")):
                base = _published_text(remote, sha, kept) or ""  # which nothing can be merged with
            elif base is None and FileEntry.of(folder, name) != entries[name]:
                base = _published_text(remote, sha, entries[name])
            if base == "" or (base is not None and is_marked(base)):
                found[name] = Edited(base, theirs)
        return found


def text_made(folder: Path, name: str, entries: Mapping[str, FileEntry]) -> str | None:
    """Return what a release keeps of a text in ``generated/``; None where nothing, or where somebody has edited it."""
    generated = f"{GENERATED}/{name}"
    listed_as = entries.get(generated)
    if listed_as is None or not (folder / generated).is_file() or FileEntry.of(folder, generated) != listed_as:
        return None
    return text_in(folder / generated)


def write_edits(folder: Path, edits: Mapping[str, Edited], *, ours_first: bool = False) -> tuple[str, ...]:
    """Write into the texts of a release what people have written into the one before; return what it adds as files.

    Raises EditConflict for what cannot be kept; with *ours_first* the release's lines count there, and what makes way
    for them is shown.
    """
    added = []
    for name, edited in edits.items():
        path = folder / name
        if not path.is_file():
            continue
        made = path.read_text(encoding="utf-8")
        try:
            text = merged(edited, made, name=name)
        except EditConflict as error:
            if not ours_first:
                raise
            text = error.adopted
            tell(f"{error.what} The release's lines count there; the history of the repository keeps what makes way:")
            print("\n".join(error.differences), file=sys.stderr)
        if text != made:
            write_text(path, text)
            (folder / GENERATED).mkdir(exist_ok=True)
            write_text(folder / GENERATED / name, made)
            added.append(f"{GENERATED}/{name}")
    return tuple(added)


def refuse_lost(edits: Mapping[str, Edited]) -> None:
    """Raise EditConflict for edits that no release could keep, whatever it changes."""
    for name, edited in edits.items():
        merged(edited, edited.base, name=name)


def texts_that_keep(
    remote: Reader, head: str, there: Mapping[str, RemoteFile], folder: Path, names: Collection[str], foreign: Foreign
) -> tuple[frozenset[str], frozenset[str]]:
    """Hold the texts of a folder that is to be pushed against those of a commit.

    Returns those of *names* that have everything that people have written there, and those that would lose some of it.
    """
    changed = {name for name in TEXTS if name in names}
    if not changed or MANIFEST not in there:
        return frozenset(), frozenset()
    kept, lost = set[str](), set[str]()
    for name, edited in edits_on(remote, head, there).items():
        if name not in changed:
            continue
        made = folder / GENERATED / name
        ours = text_in(made if made.is_file() else folder / name)
        try:
            expected: str | None = merged(edited, ours or "", name=name)
        except EditConflict as error:
            expected = error.adopted if foreign is Foreign.ADOPT else None
        (kept if expected == text_in(folder / name) else lost).add(name)
    return frozenset(kept), frozenset(lost)


def words_on_edits(name: str, edited: Edited) -> list[str]:
    """Return what a person has written into a text, one sentence for each kind of edit, to be told."""
    try:
        outside = written_outside(edited.theirs, name=name, base=edited.base)
        inside = changed_inside(edited, name=name)
        fields = changed_fields(edited.base, edited.theirs, name=name)
    except (FieldError, MarksError):
        return []  # that of these is kept, if anything, is told where the text is merged
    said = []
    if outside:
        said.append(
            f"{name}: text of people's outside of the marks, at line {listed([str(one.line) for one in outside])}"
        )
    if fields:
        said.append(f"{name}: {listed(fields)} of the front matter, as people have it")
    if inside:
        said.append(f"{name}: {len(inside)} line{'s' * (len(inside) > 1)} inside of the marks edited")
    return said


def text_in(path: Path) -> str | None:
    """Return a file as text, None where there is none, or it is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _published_text(remote: Reader, sha: str, entry: FileEntry) -> str | None:
    """Return a text as a release published it, found in the history by its hash."""
    for commit in remote.commits(sha)[1:_OLDEST]:
        with downloaded(remote, commit, {entry.path}) as folder:
            path = folder / entry.path
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256:
                return text_in(path)
    return None
