"""The person's own files, checked where they lie: before the first stage runs, not when they stand in the release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hubpress.check.files import leaks, rules
from hubpress.check.kind import Kind, Recognised
from hubpress.check.staged import Entry, Rule, Staged
from hubpress.errors import CheckFailed
from hubpress.text import counted

RULES: tuple[Rule, ...] = (*rules.ANY, leaks.machine_paths_in_onnx)


@dataclass(frozen=True)
class _Chosen(Staged):
    """Files from anywhere, as they will lie in a release: by their names there."""

    chosen: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def recognised(self) -> Recognised:
        """Return that they belong to a release of hubpress."""
        return Recognised(Kind.RELEASE)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return the files that were chosen; a link counts as the file that it leads to, whose bytes are copied."""
        found = ((name, path.resolve(), path.stat()) for name, path in self.chosen.items())
        return tuple(sorted((Entry(name, path, at.st_mode | 0o444, at.st_size) for name, path, at in found), key=_name))


def _name(entry: Entry) -> str:
    return entry.name


def refuse_bad_files(files: Mapping[str, Path], folder: Path) -> None:
    """Raise CheckFailed with all that is wrong with a person's *files*, by their names in the release.

    They are asked what any file of a release is asked: names, secrets, paths of this machine, whole pictures, UTF-8.
    *folder* is the model's, from which they come.
    """
    staged = _Chosen(folder, chosen=files)
    problems = sorted({problem for rule in RULES for problem in rule(staged)}, key=lambda problem: problem.order)
    if problems and files:
        listed = "\n".join(str(problem) for problem in problems)
        raise CheckFailed(f"{listed}\n{counted(len(problems), 'problem')} in the recipe's `files`.")
