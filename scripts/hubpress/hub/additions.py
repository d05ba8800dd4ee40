"""Files beside those of a repository that several commit to at a time: each commit is made on top of what is there."""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from pathlib import Path

from hubpress.errors import HubError, MovedOn
from hubpress.hub.goal import Goal
from hubpress.hub.repository import Repository
from hubpress.manifest import Manifest

_TRIES = 40
_LONGEST_WAIT = 5.0


def add_to(
    remote: Repository, folder: Path, message: str, *, new: Collection[str] = (), removed: Collection[str] = ()
) -> str:
    """Put the files of *folder* into a repository in one commit, and take away those *removed*; return its id.

    Where others commit meanwhile, it is made again on top of theirs; where all is as wanted, none is made. Raises
    ``HubError`` for a file of *new* that is there with other content, and where others never leave room.
    """
    manifest = Manifest.of_folder(folder)
    for number in range(1, _TRIES + 1):
        head = remote.head()
        there = remote.files(head) if head else {}
        goal = Goal(folder, manifest, message, head, tuple(sorted(there.keys() & set(removed))))
        wrong = set(goal.differences(there))
        if head and not wrong:
            return head
        if taken := next((name for name in sorted(new) if name in wrong and name in there), None):
            raise HubError(f"{taken} is there already, by somebody else.", where=remote.repo.path)
        try:
            return remote.release(goal, [entry for entry in manifest.files if entry.path in wrong])[0]
        except MovedOn:
            if number == _TRIES:
                raise
            time.sleep(random.uniform(0.1, min(0.5 * number, _LONGEST_WAIT)))
    raise AssertionError
