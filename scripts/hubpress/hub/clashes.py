"""A person's files under names that a release needs: what would become of them, as lines to read."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from hubpress.errors import HubError
from hubpress.files import sha256_file
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Reader, RemoteFile, downloaded

_LARGEST_TEXT = 200_000
_MOST_LINES = 40
_MOST_FILES = 8
_MOST_NEW = 3
_LONGEST_LINE = 160
_ON_THE_HUB, _RELEASED = "on the Hub", "as it is released"

Local = Callable[[str], Path | None]
"""The file that a release has under a name, as far as it is there already."""


class ForeignFiles(HubError):
    """A repository holds what no release put there, under names that this one needs; *differences* has the lines.

    With *came_between* it is in texts that people have edited since this release read them.
    """

    def __init__(
        self,
        repo: RepoId,
        sha: str,
        names: Collection[str],
        differences: tuple[str, ...],
        *,
        came_between: bool = False,
    ) -> None:
        self.sha = sha
        self.names = tuple(sorted(names))
        self.differences = differences
        self.came_between = came_between
        what = f"{repo.path} has {_files(self.names)} that no release of hubpress put there: {', '.join(self.names)}."
        hint = (
            "Nothing was changed. With --adopt the release takes these names over and leaves everything else; with "
            f"--take-over it removes everything else too. The history of the repository keeps them, at {sha[:7]}."
        )
        if came_between:
            what = f"{', '.join(self.names)} of {repo.path} was edited since this release was made of it."
            hint = "Nothing was changed. The same command again keeps that, too."
        super().__init__(what, hint=hint)


def differences_of(
    remote: Reader, sha: str, there: Mapping[str, RemoteFile], names: Collection[str], local: Local
) -> tuple[str, ...]:
    """Return what would change under some names, in lines: a unified diff of texts, sizes and hashes of other files."""
    shown = sorted(names)[:_MOST_FILES]
    texts = {name for name in shown if there[name].sha256 is None and there[name].size <= _LARGEST_TEXT}
    lines: list[str] = []
    with downloaded(remote, sha, texts) as folder:
        for name in shown:
            theirs = _text_of(folder / name) if name in texts else None
            ours = local(name)
            lines += _diff(name, theirs, ours) if theirs is not None else _facts(name, there[name], ours)
    if left := len(names) - len(shown):
        lines.append(f"... and {left} more files")
    return tuple(map(_harmless, lines))


def _diff(name: str, theirs: str, ours: Path | None) -> list[str]:
    text = _text_of(ours) if ours else ""
    after = _RELEASED if ours else "(not made yet)"
    if text is None:
        text, after = "", f"{_RELEASED}, no text"
    return diff_of(name, theirs, text, after=after)


def diff_of(name: str, theirs: str, text: str, *, of: str = _ON_THE_HUB, after: str = _RELEASED) -> list[str]:
    """Return a unified diff of two texts, *of* and *after*, in lines to read: not too many, none that is very long."""
    # keepends=False: a file without a last line end must not glue two lines of a diff together.
    both = theirs.splitlines(), text.splitlines()
    found = list(difflib.unified_diff(*both, f"{name} {of}", f"{name} {after}", lineterm=""))
    if not found:
        return [f"{name}: only white space at the ends of lines differs"]
    found = list(_without_long_additions(found))
    left = len(found) - _MOST_LINES
    shown = found if left <= 0 else [*found[:_MOST_LINES], f"... and {left} more lines of {name}"]
    return [*map(_harmless, shown)]


def _without_long_additions(lines: Iterable[str]) -> Iterator[str]:
    """Yield a diff in which what would be lost is not drowned by what is new."""
    for is_new, group in itertools.groupby(lines, key=lambda line: line.startswith("+") and line[:4] != "+++ "):
        run = list(group)
        yield from run[:_MOST_NEW] if is_new else run
        if is_new and len(run) > _MOST_NEW:
            yield f"+ ... and {len(run) - _MOST_NEW} more new lines"


def _facts(name: str, theirs: RemoteFile, ours: Path | None) -> list[str]:
    there = f"{theirs.size:,} bytes, {f'sha256 {theirs.sha256[:12]}' if theirs.sha256 else f'git {theirs.oid[:12]}'}"
    here = f"{ours.stat().st_size:,} bytes, sha256 {sha256_file(ours)[:12]}" if ours else "not made yet"
    return [f"{name} on the Hub: {there}; as it is released: {here}"]


def _text_of(path: Path) -> str | None:
    """Return a file as text, None for one that is none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if "\0" in text else text


def _harmless(line: str) -> str:
    """Return a line that no terminal takes for a command, cut where it is very long."""
    line = "".join(letter if letter.isprintable() or letter == "\t" else "\N{REPLACEMENT CHARACTER}" for letter in line)
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _files(names: Collection[str]) -> str:
    return "a file" if len(names) == 1 else f"{len(names)} files"
