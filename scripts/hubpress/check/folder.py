"""Check a staged folder before anything is published: all problems at once, offline, without changing a byte.

Every rule is a small function from the staged folder to its problems. Each group of rules has its table (``rules.py``);
`GROUPS` says for which kinds of folder each group holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hubpress.check.files import rules as files
from hubpress.check.kind import MODELS, OURS, SPACES, Kind, Recognised
from hubpress.check.model import rules as model
from hubpress.check.problem import Problem
from hubpress.check.readme import rules as readme
from hubpress.check.space import rules as space
from hubpress.check.staged import Rule, Staged
from hubpress.errors import CheckFailed, HubpressError
from hubpress.manifest import Manifest
from hubpress.text import counted

GROUPS: tuple[tuple[Iterable[Kind], tuple[Rule, ...]], ...] = (
    (Kind, (*files.ANY, *readme.ANY)),
    (frozenset(Kind) - SPACES, (*files.NO_SPACE, *readme.NO_SPACE)),
    (MODELS, (*readme.MODEL, *model.ANY)),
    (OURS, files.OURS),
    ({Kind.RELEASE, Kind.OWN_DATA_SET}, files.LISTED),
    ({Kind.RELEASE}, (*readme.RELEASE, *model.RELEASE)),
    ({Kind.RELEASE, Kind.TRANSFORMERS}, model.TRANSFORMERS),
    ({Kind.TRANSFORMERS}, model.FOREIGN_TRANSFORMERS),
    ({Kind.ADAPTER}, model.ADAPTER),
    ({Kind.SENTENCE_TRANSFORMERS, Kind.SETFIT}, model.SENTENCE_TRANSFORMERS),
    ({Kind.SETFIT}, model.SETFIT),
    ({Kind.DIFFUSERS}, model.DIFFUSERS),
    ({Kind.GGUF}, model.GGUF),
    (SPACES, space.ANY),
    ({Kind.OWN_SPACE}, space.OWN),
    ({Kind.SPACE}, space.FOREIGN),
)


def rules_for(kind: Kind) -> tuple[Rule, ...]:
    """Return the rules that hold for folders of a kind."""
    return tuple(rule for kinds, rules in GROUPS if kind in kinds for rule in rules)


def check_folder(folder: Path | str, *, manifest: Manifest | None = None, revision: str | None = None) -> list[Problem]:
    """Return every problem of a staged folder, sorted by file and line; none means that it may be published.

    What kind of folder it is says which rules hold (``kind_of_folder``). With *manifest*, which makes it a release of
    hubpress, it must also hold exactly the files that are listed; with *revision* it is a Space of hubpress, and must
    be pinned to that commit of its model. Only reads, and only this folder.
    Raises ``HubpressError`` when there is no such folder; whatever is wrong inside it is a problem, never an error.
    """
    staged = Staged(_existing(folder), manifest, revision)
    problems = {problem for rule in rules_for(staged.kind) for problem in rule(staged)}
    return sorted(problems, key=lambda problem: problem.order)


def kind_of_folder(folder: Path | str) -> Recognised:
    """Return for what kind of folder ``check_folder`` takes it, and by which sign.

    Raises ``HubpressError`` when there is no such folder.
    """
    return Staged(_existing(folder)).recognised


def _existing(folder: Path | str) -> Path:
    folder = Path(folder)
    if not folder.is_dir():
        hint = "Stage the model first, or correct the path."
        raise HubpressError("There is no such folder.", where=str(folder), hint=hint)
    return folder


def refuse_problems(folder: Path, *, manifest: Manifest | None = None, revision: str | None = None) -> None:
    """Raise CheckFailed, with every problem of a staged folder, if there is one; asked as by ``check_folder``."""
    if problems := check_folder(folder, manifest=manifest, revision=revision):
        listed = "\n".join(str(problem) for problem in problems)
        raise CheckFailed(f"{listed}\n{counted(len(problems), 'problem')} in {folder}.")
