"""What lies in the folder: nothing left over, nothing secret, nothing that the Hub or a reader could not take."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from hubpress.check.clutter import file_clutter, folder_clutter
from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Entry, Staged

_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_REFUSED_LETTERS = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\ud800-\udfff]')
_LONGEST_NAME = 200

_READABLE_BY_ALL = 0o444
_EMPTY_BY_NATURE = {"__init__.py", "py.typed", ".gitkeep", ".nojekyll"}

# What a picture's first bytes are, by the ending of its name; a PNG also has an end.
_PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
}
_PNG_END = b"IEND\xaeB`\x82"


def leftovers(staged: Staged) -> Iterator[Problem]:
    """No caches, backups, checkpoints, hidden files or credentials; a folder is named once, for all that is in it."""
    for entry in staged.entries:
        if why := folder_clutter(entry.name) if entry.is_folder else file_clutter(entry.name):
            yield Problem(printable(entry.name), why)


def names(staged: Staged) -> Iterator[Problem]:
    """Every name can be checked out on every system, and no two differ only in capital letters."""
    alike: dict[str, list[str]] = defaultdict(list)
    for entry in staged.entries:
        name = PurePosixPath(entry.name).name
        alike[entry.name.lower()].append(entry.name)
        faults = (
            (_REFUSED_LETTERS.search(name), "holds letters that the Hub or Windows refuses"),
            (_WINDOWS.fullmatch(name), "is a device's name on Windows"),
            (name.endswith((".", " ")) or name.startswith(" "), "begins or ends with a space or a dot"),
            (len(name) > _LONGEST_NAME, f"is longer than {_LONGEST_NAME} letters"),
        )
        fault = next((text for wrong, text in faults if wrong), None)
        if fault:
            yield Problem(printable(entry.name), f"The name {fault}. Rename it.")
    for first, *others in alike.values():
        for other in others:
            text = f"The name differs from {printable(first)} only in capital letters. Rename one of them."
            yield Problem(printable(other), text)


def kinds(staged: Staged) -> Iterator[Problem]:
    """Only plain files and folders, all of them with something in them, all readable by everybody."""
    parents = {PurePosixPath(entry.name).parent.as_posix() for entry in staged.entries}
    for entry in staged.entries:
        where = printable(entry.name)
        if entry.is_link:
            yield Problem(where, "It is a symbolic link, which the Hub does not keep. Copy the file itself.")
        elif entry.is_folder and entry.name not in parents and not folder_clutter(entry.name):
            yield Problem(where, "The folder is empty or closed, and the Hub keeps no such thing. Take it out.")
        elif not entry.is_folder and not entry.is_file:
            yield Problem(where, "It is neither a file nor a folder. Take it out.")
        elif entry.is_file and entry.mode & _READABLE_BY_ALL != _READABLE_BY_ALL:
            mode = f"{entry.mode & 0o777:04o}"
            yield Problem(where, f"Its mode is {mode}, so not everybody can read it. Run `chmod 644` on it.")
        elif entry.is_file and entry.size == 0 and PurePosixPath(entry.name).name not in _EMPTY_BY_NATURE:
            yield Problem(where, "The file is empty. Write it, or take it out.")
    if not staged.entries:
        yield Problem(".", "The folder is empty. Stage a model into it first.")


def pointers(staged: Staged) -> Iterator[Problem]:
    """No file is a pointer that Git has left in the place of a large one."""
    for entry in staged.entries:
        if entry.fetched_by:
            text = f"It is a pointer to the file, which Git keeps elsewhere. Run: {entry.fetched_by}"
            yield Problem(printable(entry.name), text)


def pictures(staged: Staged) -> Iterator[Problem]:
    """Every picture is of the kind that its name says, and whole."""
    for name, entry in staged.files.items():
        beginnings = _PICTURES.get(PurePosixPath(name).suffix.lower(), ())
        if beginnings and entry.size and not _is_picture(entry, beginnings):
            kind = PurePosixPath(name).suffix[1:].upper()
            yield Problem(printable(name), f"It is not a whole {kind}, though its name says so. Draw it again.")


def _is_picture(entry: Entry, beginnings: tuple[bytes, ...]) -> bool:
    content = entry.path.read_bytes()
    whole = content.endswith(_PNG_END) if beginnings is _PICTURES[".png"] else True
    return content.startswith(beginnings) and whole
