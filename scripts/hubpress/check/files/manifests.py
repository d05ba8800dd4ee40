"""The manifests: the folder holds the very bytes that they promise, no more and no fewer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hubpress.check.clutter import in_clutter
from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged
from hubpress.layout import ATTRIBUTES, CARD, MANIFEST, SIGNATURE
from hubpress.manifest import Manifest
from hubpress.text import quoted

_AGAIN = "Stage the folder again, so that what was looked at is what is published."
_OWN = "If it is yours, name it in `files:` of the recipe; else take it out, and stage the folder again."


def inner_manifest(staged: Staged) -> Iterator[Problem]:
    """manifest.json lists every file but the card, itself, its signature and the Hub's own, with size and sha256."""
    if MANIFEST not in {entry.name for entry in staged.entries}:
        yield Problem(MANIFEST, "It is missing, so nobody can prove what was published. Stage the folder again.")
    manifest = staged.own_manifest
    if manifest is None:  # `documents` says what is wrong with it
        return
    for path, count in Counter(entry.path for entry in manifest.files).items():
        if count > 1:
            yield Problem(MANIFEST, f"It lists {quoted(path)} {count} times. Stage the folder again.")
    yield from _differences(staged, manifest, MANIFEST, leave_out={ATTRIBUTES, CARD, MANIFEST, SIGNATURE})


def outer_manifest(staged: Staged) -> Iterator[Problem]:
    """The folder is still as it was when its full manifest was written."""
    if staged.manifest is not None:
        yield from _differences(staged, staged.manifest, "the manifest kept beside the folder", leave_out=set())


def _differences(staged: Staged, manifest: Manifest, source: str, *, leave_out: set[str]) -> Iterator[Problem]:
    promised = manifest.by_path()
    present = {entry.name for entry in staged.entries}  # links too: `hygiene` speaks of those
    for name in sorted(name for name in promised.keys() - present if not in_clutter(name)):
        yield Problem(printable(name), f"It is missing, but {source} lists it. {_AGAIN}")
    for name in sorted(staged.files.keys() - promised.keys() - leave_out):
        yield Problem(printable(name), f"It is not listed in {source}. {_OWN}")
    for name in sorted(promised.keys() & staged.files.keys()):
        promise, size = promised[name], staged.files[name].size
        if promise.size != size:
            yield Problem(printable(name), f"It has {size:,} bytes, but {source} says {promise.size:,}. {_AGAIN}")
        elif promise.sha256 != staged.digest(name):
            yield Problem(printable(name), f"Its bytes are not those that {source} lists (sha256). {_AGAIN}")
