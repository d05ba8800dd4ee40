"""What people have written into the texts of a published commit: named, and held against nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from hubpress.hub.hand_edits import TEXTS, text_in, text_made, words_on_edits
from hubpress.hub.marks import MarksError
from hubpress.hub.merging import EditConflict, Edited, changed_inside, merged, own_part
from hubpress.layout import GENERATED
from hubpress.manifest import FileEntry, Manifest
from hubpress.verify.proof import Claim

_WHY = "what people write is theirs: no figure in it is proved, and no snippet of it is run"


@dataclass(frozen=True)
class ByHand:
    """The texts of a commit that people have edited, as far as their edits take nothing from what the release says."""

    edits: Mapping[str, Edited] = field(default_factory=dict)

    def only_theirs(self, differs: Mapping[str, FileEntry], listed: Manifest) -> frozenset[str]:
        """Return the texts whose bytes are others than a list says because of such edits alone.

        What no release has kept yet counts as one where it stands outside of the marks.
        """
        known = listed.by_path()
        return frozenset(
            name
            for name, edited in self.edits.items()
            if name in differs
            and differs[name] != known.get(name)
            and (f"{GENERATED}/{name}" in known or not changed_inside(edited, name=name))
        )

    def claims(self) -> list[Claim]:
        """Return the row that names the edits, if there are any."""
        said = [sentence for name, edited in self.edits.items() for sentence in words_on_edits(name, edited)]
        return [Claim("by hand", "; ".join(said), unproved=_WHY)] if said else []


def edits_by_hand(files: Path, listed: Manifest, made: Mapping[str, str]) -> ByHand:
    """Return what people have written into the texts in *files*; *listed* was pushed, *made* is what is made again."""
    entries = listed.by_path()
    found: dict[str, Edited] = {}
    for name in (one for one in TEXTS if one in entries):
        theirs = text_in(files / name)
        base = text_made(files, name, entries) if theirs is not None else None
        if theirs is None:
            continue
        candidates = (made.get(name), _own_part(theirs, name))
        base = base or next((one for one in candidates if one is not None and _is_listed(one, entries[name])), None)
        if base is None or base == theirs:
            continue
        try:
            merged(Edited(base, theirs), base, name=name)
        except EditConflict:
            continue  # the release's own words were changed: a difference, whoever did it
        found[name] = Edited(base, theirs)
    return ByHand(found)


def own_text(text: str, name: str) -> str:
    """Return what of a text is the release's; all of one whose marks do not tell."""
    own = _own_part(text, name)
    return text if own is None else own


def _own_part(text: str, name: str) -> str | None:
    try:
        return own_part(text, name=name)
    except MarksError:
        return None


def _is_listed(text: str, entry: FileEntry) -> bool:
    return sha256(text.encode()).hexdigest() == entry.sha256
