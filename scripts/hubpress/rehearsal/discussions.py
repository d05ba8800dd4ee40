"""Discussions and pull requests as the store keeps them, and what a pull request changes."""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hubpress.files import JsonObject
from hubpress.rehearsal.git_objects import StoredFile

Files = Mapping[str, StoredFile]


@dataclass(frozen=True)
class Discussion:
    """A discussion, or a pull request: then *head* is the newest commit of its branch, ``refs/pr/NUM``.

    ``status`` is draft, open, closed or merged; ``merge_commit`` is what stands on main once it is merged; ``events``
    are in the Hub's own form, oldest first, and the first comment is the description.
    """

    num: int
    title: str
    author: str
    created_at: str
    status: str
    head: str | None = None
    merge_commit: str | None = None
    events: tuple[JsonObject, ...] = field(default=())

    @property
    def is_pull_request(self) -> bool:
        """Whether there is a branch to merge."""
        return self.head is not None

    def with_event(self, kind: str, author: str, moment: str, data: JsonObject) -> Discussion:
        """Return the discussion with one more event at its end."""
        event = {"id": secrets.token_hex(12), "type": kind, "createdAt": moment, "author": {"name": author}}
        return replace(self, events=(*self.events, {**event, "data": data}))


def comment_data(text: str, author: str, moment: str, *, history: tuple[JsonObject, ...] = ()) -> JsonObject:
    """Return what an event tells of a comment; *history* are the texts that it had before."""
    latest = {"raw": text, "html": f"<p>{html.escape(text)}</p>", "updatedAt": moment, "author": {"name": author}}
    return {"edited": bool(history), "hidden": False, "latest": latest, "history": [*history, latest]}


def merged(base: Files, main: Files, branch: Files) -> tuple[dict[str, StoredFile], list[str]]:
    """Return the files of a merge, and the paths that main and the branch both changed, each in its own way.

    Whole files are compared. The real Hub also joins changes of separate lines of one file; here that is a conflict.
    """
    files, conflicts = dict(main), []
    for path in sorted({*base, *branch}):
        before, here, there = base.get(path), main.get(path), branch.get(path)
        if there in (before, here):
            continue
        if here != before:
            conflicts.append(path)
        elif there is None:
            del files[path]
        else:
            files[path] = there
    return files, conflicts


def changed(base: Files, branch: Files) -> list[tuple[str, StoredFile | None, StoredFile | None]]:
    """Return the paths that a branch changes, with the file before and after; None where there is none."""
    return [
        (path, base.get(path), branch.get(path))
        for path in sorted({*base, *branch})
        if base.get(path) != branch.get(path)
    ]


def diff(base: Files, branch: Files) -> str:
    """Return what a branch changes in the manner of a git diff, without its lines."""
    lines = []
    for path, before, after in changed(base, branch):
        lines.append(f"diff --git a/{path} b/{path}\n")
        lines += ["new file mode 100644\n"] if before is None else []
        lines += ["deleted file mode 100644\n"] if after is None else []
        old, new = (file.oid if file else "0" * 40 for file in (before, after))
        lines.append(f"index {old}..{new}\n")
    return "".join(lines)
