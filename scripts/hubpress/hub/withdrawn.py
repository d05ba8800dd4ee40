"""What a card says of a version that has been withdrawn, in one line."""

from __future__ import annotations

import re
from pathlib import Path

from hubpress.files import write_text
from hubpress.layout import CARD, CHANGELOG, MANIFEST
from hubpress.manifest import FileEntry, Manifest, ManifestError

_NOTICE = re.compile(r"^> \*\*(v\S+) has been withdrawn\. These are the files of (v\S+)\.\*\*$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def withdrawn_of(card: str) -> tuple[str, str] | None:
    """Return the version that a card says is withdrawn, and the one whose files it is of; None where it says none."""
    found = _NOTICE.search(card)
    return (found[1], found[2]) if found else None


def say_withdrawn(folder: Path, version: str, back_to: str) -> None:
    """Write the line above the card, below its front matter; the published list of files follows, if there is one."""
    path = folder / CARD
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    top = _FRONT_MATTER.match(text)
    end = top.end() if top else 0
    notice = f"> **{version} has been withdrawn. These are the files of {back_to}.**"
    write_text(path, f"{text[:end]}\n{notice}\n\n{text[end:].lstrip()}")
    try:
        listed = Manifest.load(folder / MANIFEST)
    except (OSError, ManifestError):
        return  # a repository without one
    changed = {name for name in (CARD, CHANGELOG) if (folder / name).is_file()}
    if CARD in listed.by_path():
        entries = listed.by_path() | {name: FileEntry.of(folder, name) for name in changed}
        Manifest(tuple(entries[name] for name in sorted(entries))).save(folder / MANIFEST)
